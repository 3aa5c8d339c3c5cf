import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Role } from '../config.ts';
import type { KeyRing } from './key-ring.ts';
import { HttpProblem } from './problem.ts';

/** What a route lets its caller do. */
type Permission = 'post_transactions' | 'post_members' | 'read_members' | 'hand_over_gifts';

const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  terminal: ['post_transactions'],
  desk: ['post_members', 'read_members', 'hand_over_gifts'],
  import: ['post_transactions', 'post_members'],
  operator: ['read_members'],
  analyst: [],
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Absent: open to everybody. */
    permission?: Permission;
  }
  interface FastifyRequest {
    /** Undefined on routes that are open to everybody. */
    role: Role | undefined;
  }
}

export interface GuardOptions {
  readonly keys: KeyRing;
  readonly windowMs: number;
  readonly requestsMax: number;
  readonly unknownKeysMax: number;
}

/**
 * Lets a request in by its key: 401 without a valid one, 403 when its role may not, 429 when the key
 * (of any role but `import`), or the address of somebody without a key, comes too often.
 * Needs the plugin @fastify/rate-limit.
 */
export function guard(app: FastifyInstance, options: GuardOptions): void {
  const { keys, windowMs } = options;
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
  app.addHook('onRequest', async (request) => {
    const { permission } = request.routeOptions.config;
    if (permission === undefined) return;
    const role = keys.roleOf(request.headers.authorization);
    if (role === undefined) {
      await within(ofAddress, request, 'Too many requests without a valid key.');
      throw new HttpProblem(401, 'The request needs Authorization: Bearer with a valid key.');
    }
    request.role = role;
    if (role !== 'import') await within(ofKey, request, 'Too many requests with this key.');
    if (!permissions[role].includes(permission))
      throw new HttpProblem(403, `The role ${role} may not do this.`);
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
