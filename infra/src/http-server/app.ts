import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Health } from '../observability/index.ts';
import { createLimitedApp, type LimitedApp, type LimitedAppOptions } from './limited-app.ts';

export interface HttpAppOptions extends Omit<LimitedAppOptions, 'headers' | 'nothingHere'> {
  readonly title: string;
  readonly description: string;
  /** What operations are sorted by, beside `operations`. */
  readonly tags: readonly { readonly name: string; readonly description: string }[];
}

/**
 * What every HTTP interface of a service has: what createLimitedApp gives, and an OpenAPI document at
 * /openapi.json. Bodies come to the routes as they are; parameters are checked by the routes' schemas.
 */
export async function createHttpApp(options: HttpAppOptions): Promise<LimitedApp> {
  const limited = createLimitedApp({
    ...options,
    headers: {},
    nothingHere: 'There is nothing here; /openapi.json says what is.',
  });
  const { app } = limited;
  app.setValidatorCompiler((route) =>
    route.httpPart === 'body'
      ? (data: unknown) => ({ value: data })
      : validatorCompiler(route as never),
  );
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  await app.register(rateLimit, { global: false });
  await document(app, options);
  return limited;
}

async function document(app: FastifyInstance, options: HttpAppOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      // Whatever host and port the document came from.
      servers: [{ url: '/' }],
      info: {
        title: options.title,
        version: '1',
        description: options.description,
        contact: { name: 'Whoever runs this deployment of Semarak' },
        license: { name: 'UNLICENSED: all rights reserved' },
      },
      tags: [...options.tags, { name: 'operations', description: 'For whoever runs the service' }],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: (route) => withHeaders(jsonSchemaTransform(route), route.schema as Responses),
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  });
}

interface Responses {
  readonly response?: Readonly<Record<string, object>>;
}

/** The transformation of schemas leaves out what a response says of its headers. */
function withHeaders<Transformed extends { schema: unknown }>(
  transformed: Transformed,
  { response: sources = {} }: Responses,
): Transformed {
  const { response: targets = {} } = transformed.schema as Responses;
  const response = Object.fromEntries(
    Object.entries(targets).map(([status, target]) => {
      const { headers } = (sources[status] ?? {}) as { headers?: object };
      return [status, headers === undefined ? target : { ...target, headers }];
    }),
  );
  return { ...transformed, schema: { ...(transformed.schema as object), response } };
}

/** Every shape of the process is put in, once as it is read and once as it is written; most are not used. */
function withoutUnused<Document extends object>(document: Document): Document {
  const { components, ...rest } = document as { components?: { schemas?: object } };
  const schemas: Record<string, unknown> = { ...components?.schemas };
  const used = new Set<string>();
  const use = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(
      /"#\/components\/schemas\/([^"]+)"/g,
    )) {
      if (used.has(name)) continue;
      used.add(name);
      use(schemas[name]);
    }
  };
  use(rest);
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return { ...document, components: { ...components, schemas: kept } };
}

/** `GET /healthz`, open to everybody: 200 without problems, else 503, with the problems. */
export function healthRoute(
  app: FastifyInstance,
  { summary, health }: { readonly summary: string; readonly health: () => Promise<Health> },
): void {
  const shape = z.object({ problems: z.array(z.string()) }).meta({ id: 'Health' });
  const answer = { content: { 'application/json': { schema: shape } } };
  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'readHealth',
        tags: ['operations'],
        summary,
        security: [],
        response: {
          200: { description: 'It does', ...answer },
          503: { description: 'It does not, and why', ...answer },
        },
      },
    },
    async (_request, reply) => {
      const { problems } = await health();
      return reply.code(problems.length === 0 ? 200 : 503).send({ problems });
    },
  );
}
