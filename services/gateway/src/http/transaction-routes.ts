import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { TransactionRecorded } from '@semarak/schemas';
import { z } from 'zod';
import {
  transactionAdmission,
  transactionShape,
  type AdmissionContext,
  type TransactionLimits,
  type TransactionVerdict,
} from '../admission/transaction.ts';
import type { TimeLimits } from '../admission/time-bounds.ts';
import type { EventClock } from '../intake/event-clock.ts';
import type { IntakeStatus, KnownTransactions, TransactionIntake } from '../intake/transactions.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { outcomeShape } from '../outcomes/outcome.ts';
import type { Outcomes } from '../outcomes/outcomes.ts';
import { admissionOf, type AdmittingParts } from './admitting.ts';
import { NdjsonBody } from './bodies.ts';
import {
  itemsHeader,
  itemsHeaderShape,
  itemsInWords,
  refuseItem,
  type Judgement,
} from './lines.ts';
import { fieldProblemShape, HttpProblem, problemResponses } from '@semarak/infra/http-server';

export interface TransactionRouteParts extends AdmittingParts {
  readonly intake: Pick<TransactionIntake, 'record'>;
  readonly outcomes: Pick<Outcomes, 'expect'>;
  readonly clock: Pick<EventClock, 'advance'>;
  readonly metrics: Pick<GatewayMetrics, 'items'>;
  readonly limits: TransactionLimits & { readonly waitMsMax: number };
}

const acceptedShape = z
  .object({
    transactionId: z.string().describe('terminalId/businessDay/sequence'),
    status: z.enum(['accepted', 'duplicate']),
    outcome: outcomeShape
      .nullable()
      .optional()
      .describe('with ?wait only; null: not known when the time was over'),
  })
  .meta({ id: 'AcceptedTransaction' });

const lineShape = z
  .object({
    transactionId: z.string().optional().describe('absent when it cannot be read'),
    status: z.enum(['accepted', 'duplicate', 'conflict', 'invalid']),
    reason: z.string().optional().describe('of a conflict or an invalid item'),
    errors: z.array(fieldProblemShape).optional().describe('of an invalid item, each bad field'),
  })
  .meta({ id: 'TransactionLine', description: 'one line an item, in their order' });
type Line = z.infer<typeof lineShape>;

const conflictReason = 'the id stands with another content';

/** `POST /v1/transactions`. */
export function transactionRoutes(app: FastifyInstance, parts: TransactionRouteParts): void {
  const shape = transactionShape(parts.limits);
  const admit = transactionAdmission(shape, parts.limits);
  const waitMessage = 'must be a whole number of milliseconds';
  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/transactions',
    {
      config: { permission: 'post_transactions' },
      schema: {
        operationId: 'recordTransactions',
        tags: ['transactions'],
        summary: 'Record a sale, refund or void, or many as NDJSON',
        description:
          'Answered once the log has it. NDJSON is answered under 202 with one line an item, in order; ' +
          'when any valid item is not in the log, the whole answer is 503, and sending all again is safe. ' +
          timesInWords(parts.times),
        consumes: ['application/json', 'application/x-ndjson'],
        querystring: z.strictObject({
          wait: z
            .preprocess(
              // Number would read an empty text as 0 and 1e3 as 1,000.
              (text) => (typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text),
              z.int(waitMessage).min(0, waitMessage),
            )
            .optional()
            .describe(
              `milliseconds to wait for the outcome, at most ${parts.limits.waitMsMax}; for one object`,
            ),
          correct: z
            .literal('receivedAt')
            .optional()
            .describe(
              'role import only: what the log has already is written once more with the receivedAt that is sent, and ' +
                'answered as duplicate; of all copies of a transaction the smallest receivedAt counts',
            ),
        }),
        body: shape.byType,
        response: {
          202: {
            description: 'In the log',
            headers: {
              'Semarak-Items': itemsHeaderShape(
                '`accepted=9997, duplicate=1, conflict=1, invalid=1`',
              ),
            },
            content: {
              'application/json': { schema: acceptedShape },
              'application/x-ndjson': { schema: lineShape },
            },
          },
          ...problemResponses(400, 401, 403, 409, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { wait, correct } = request.query;
      const known = knownBy(request.role, correct);
      const at = { parts, admit, reply, known, context: admissionOf(request, parts) };
      const body: unknown = request.body;
      if (body instanceof NdjsonBody) {
        if (wait !== undefined)
          throw new HttpProblem(422, 'wait is for a single object.', {
            errors: [{ field: 'wait', message: 'is for a single object' }],
          });
        return answerLines(body, { ...at, role: request.role ?? '' });
      }
      return answerOne(body, { ...at, wait });
    },
  );
}

const timesInWords = ({ timeAheadMsMax, receivedBeforeMsMax }: TimeLimits): string =>
  `No time may be more than ${timeAheadMsMax} ms (TIME_AHEAD_MS_MAX) ahead of the gateway’s clock, and ` +
  `receivedAt not more than ${receivedBeforeMsMax} ms (RECEIVED_BEFORE_MS_MAX) before occurredAt.`;

/** Only who may say when something was received may correct it. */
function knownBy(role: string | undefined, correct: 'receivedAt' | undefined): KnownTransactions {
  if (correct === undefined) return 'left';
  if (role === 'import') return 'copied';
  const message = 'is for the role import only';
  throw new HttpProblem(422, `correct ${message}.`, { errors: [{ field: 'correct', message }] });
}

interface Answering {
  readonly known: KnownTransactions;
  readonly parts: TransactionRouteParts;
  readonly admit: (input: unknown, context: AdmissionContext) => TransactionVerdict;
  readonly context: AdmissionContext;
  readonly reply: FastifyReply;
}

async function answerOne(
  body: unknown,
  at: Answering & { readonly wait: number | undefined },
): Promise<FastifyReply> {
  const { intake, outcomes, clock, metrics, limits } = at.parts;
  const verdict = at.admit(body, at.context);
  if (verdict.type === 'refused') {
    metrics.items.inc({ kind: 'transaction', status: 'invalid' });
    return refuseItem(verdict.problems);
  }
  const { record } = verdict;
  const { transactionId } = record;
  const awaited = at.wait === undefined ? undefined : outcomes.expect(record);
  try {
    const [status = 'accepted'] = await intake.record([record], at.known);
    metrics.items.inc({ kind: 'transaction', status });
    if (status === 'conflict') throw new HttpProblem(409, `${transactionId}: ${conflictReason}.`);
    clock.advance(record);
    if (at.wait === undefined) return await at.reply.code(202).send({ transactionId, status });
    const withinMs = Math.min(at.wait, limits.waitMsMax);
    const outcome = (await awaited?.of(status, withinMs)) ?? null;
    return await at.reply.code(202).send({ transactionId, status, outcome });
  } finally {
    awaited?.leave();
  }
}

async function answerLines(
  body: NdjsonBody,
  at: Answering & { readonly role: string },
): Promise<FastifyReply> {
  const { intake, clock, metrics, lines } = at.parts;
  const judged = await lines.judge(body, at.role, (item) =>
    judgementOf(at.admit(item, at.context)),
  );
  const records: TransactionRecorded[] = [];
  for (const line of judged) if ('taken' in line) records.push(line.taken);
  const statuses = await intake.record(records, at.known);
  const counts: Record<Line['status'], number> = {
    accepted: 0,
    duplicate: 0,
    conflict: 0,
    invalid: 0,
  };
  let text = '';
  let next = 0;
  await lines.inSlices(judged, at.role, (line) => {
    if ('answer' in line) {
      counts.invalid++;
      text += line.answer;
      return;
    }
    const status = statuses[next++] ?? 'accepted';
    counts[status]++;
    if (status !== 'conflict') clock.advance(line.taken);
    text += takenLine(line.taken.transactionId, status);
  });
  for (const [status, items] of Object.entries(counts))
    if (items > 0) metrics.items.inc({ kind: 'transaction', status }, items);
  void at.reply.header(itemsHeader, itemsInWords(counts));
  return at.reply.code(202).type('application/x-ndjson').send(text);
}

function judgementOf(verdict: TransactionVerdict): Judgement<TransactionRecorded> {
  if (verdict.type === 'admitted') return { type: 'admitted', taken: verdict.record };
  const { transactionId, problems } = verdict;
  return { type: 'refused', name: transactionId === undefined ? {} : { transactionId }, problems };
}

/** A line of JSON; ids hold nothing that JSON would have to escape. */
const takenLine = (transactionId: string, status: IntakeStatus): string =>
  status === 'conflict'
    ? `{"transactionId":"${transactionId}","status":"${status}","reason":"${conflictReason}"}\n`
    : `{"transactionId":"${transactionId}","status":"${status}"}\n`;
