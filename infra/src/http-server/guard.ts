import type { FastifyInstance, FastifyRequest } from 'fastify';
import { identify } from './connection-gate.ts';
import type { KeyRing } from './key-ring.ts';
import { HttpProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route lets its caller do. Absent: open to everybody. */
    permission?: string;
  }
  interface FastifyRequest {
    /** Undefined on routes that are open to everybody. */
    role: string | undefined;
  }
}

export interface GuardOptions<Role extends string> {
  readonly keys: KeyRing<Role>;
  /** What each role may do. */
  readonly permissions: Readonly<Record<Role, readonly string[]>>;
  /** The roles that may come as often as they like. */
  readonly withoutRateLimit: readonly Role[];
  readonly windowMs: number;
  /** Requests of one key in a window. */
  readonly requestsMax: number;
  /** Requests without a valid key from one address in a window. */
  readonly unknownKeysMax: number;
}

/**
 * Lets a request in by its key: 401 without a valid one, 403 when its role may not, 429 when the key,
 * or the address of somebody without a key, comes too often.
 * Needs the plugin @fastify/rate-limit.
 */
export function guard<Role extends string>(
  app: FastifyInstance,
  options: GuardOptions<Role>,
): void {
  const { keys, permissions, windowMs } = options;
  const ofKey = app.createRateLimit({
    max: options.requestsMax,
    timeWindow: windowMs,
    keyGenerator: (request) => `role ${request.role ?? ''}`,
  });
  const ofAddress = app.createRateLimit({
    max: options.unknownKeysMax,
    timeWindow: windowMs,
    keyGenerator: (request) => `address ${request.ip}`,
  });
  app.decorateRequest('role', undefined);
  const counted = async (request: FastifyRequest, role: Role | undefined): Promise<void> => {
    if (role !== undefined) return within(ofKey, request, 'Too many requests with this key.');
    await within(ofAddress, request, 'Too many requests without a valid key.');
    throw new HttpProblem(401, 'The request needs Authorization: Bearer with a valid key.');
  };
  app.addHook('onRequest', (request, _reply, done) => {
    const { permission } = request.routeOptions.config;
    if (permission === undefined) {
      done();
      return;
    }
    const role = keys.roleOf(request.headers.authorization);
    request.role = role;
    if (role !== undefined) identify(request.raw.socket);
    const refusal =
      role === undefined || permissions[role].includes(permission)
        ? undefined
        : new HttpProblem(403, `The role ${role} may not do this.`);
    if (role !== undefined && options.withoutRateLimit.includes(role)) done(refusal);
    else counted(request, role).then(() => done(refusal), done);
  });
}

async function within(
  limit: ReturnType<FastifyInstance['createRateLimit']>,
  request: FastifyRequest,
  detail: string,
): Promise<void> {
  const state = await limit(request);
  if (!state.isAllowed && state.isExceeded)
    throw new HttpProblem(429, detail, { retryAfterS: Math.max(1, state.ttlInSeconds) });
}
