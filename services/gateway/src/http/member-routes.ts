import {
  epochDayOf,
  epochMonthOf,
  firstDayOfMonth,
  idPattern,
  isoDate,
  type MemberProfile,
} from '@semarak/schemas';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { parseInstant } from '../admission/instant.ts';
import { admitMember, memberShape, type MemberVerdict } from '../admission/member.ts';
import { instant, type AdmissionContext } from '../admission/transaction.ts';
import type { MemberIntake } from '../intake/members.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { MemberAt, Standings } from '../standing/standings.ts';
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

export interface MemberRouteParts extends AdmittingParts {
  readonly intake: Pick<MemberIntake, 'enrol'>;
  readonly standings: Pick<Standings, 'member' | 'rewards' | 'explanation'>;
  readonly metrics: Pick<GatewayMetrics, 'items'>;
}

const acceptedShape = z
  .object({ memberId: z.string(), status: z.literal('accepted') })
  .meta({ id: 'AcceptedMember' });

const lineShape = z
  .object({
    memberId: z.string().optional().describe('absent when it cannot be read'),
    status: z.enum(['accepted', 'invalid']),
    reason: z.string().optional(),
    errors: z.array(fieldProblemShape).optional(),
  })
  .meta({ id: 'MemberLine', description: 'one line an item, in their order' });

const tier = z.enum(['none', 'temporary', 'blue', 'gold']);
const lastDay = z.iso.date();
/** A whole number without the maximum of `z.int`: a sum beyond 2^53 is inexact, and is answered all the same. */
const sum = z.number().meta({ type: 'integer' });
const money = sum.describe('minor units of the programme’s currency; exact up to 2^53');

const memberView = z
  .object({
    programme: z.string(),
    memberId: z.string(),
    tier,
    tierKeptThrough: lastDay
      .nullable()
      .describe('the last day the tier is kept unless it is reached again; null: no end'),
    benefits: z.array(z.string()).describe('standing benefits of the tier'),
    points: sum.describe('balance; may be negative after a refund; exact up to 2^53'),
    expiringPoints: z
      .array(z.object({ through: lastDay.describe('the last day they are good'), points: sum }))
      .describe('points that expire, the first to go first; what is not here does not expire'),
    month: z.string().describe('YYYY-MM, mall time, that the spend is of'),
    monthSpend: money,
    nextTier: z
      .object({ tier, monthSpend: money, missing: money })
      .nullable()
      .describe('null at the highest tier and before activation'),
    enrolledAt: z.string().nullable(),
    activatedAt: z.string().nullable(),
    activatingAmount: money
      .nullable()
      .describe('what the first sale of an enrolled member needs; null when active'),
    tickets: z.array(z.object({ draw: z.string(), number: z.int(), transactionId: z.string() })),
    gifts: z.array(
      z.object({
        giftId: z.string(),
        campaign: z.string(),
        gift: z.string(),
        edition: z.string(),
        transactionId: z.string(),
        status: z.enum(['earned', 'handed_over', 'returned', 'claimed', 'unavailable']),
      }),
    ),
    position: z
      .object({ topic: z.literal('transactions'), partition: z.int(), offset: z.int() })
      .describe('what lies before it in the log is in tier, points and spend'),
  })
  .meta({ id: 'Member' });
type MemberView = z.infer<typeof memberView>;

/** `POST /v1/members` and `GET /v1/members/{programme}/{memberId}`. */
export function memberRoutes(app: FastifyInstance, parts: MemberRouteParts): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.post(
    '/v1/members',
    {
      config: { permission: 'post_members' },
      schema: {
        operationId: 'enrolMembers',
        tags: ['members'],
        summary: 'Enrol a member, or many as NDJSON',
        description:
          'The first enrolment of a member stands; the newest profile counts. No time may be more than ' +
          `${parts.times.timeAheadMsMax} ms (TIME_AHEAD_MS_MAX) ahead of the gateway’s clock.`,
        consumes: ['application/json', 'application/x-ndjson'],
        querystring: z.strictObject({}),
        body: memberShape,
        response: {
          202: {
            description: 'In the log',
            headers: { 'Semarak-Items': itemsHeaderShape('`accepted=99, invalid=1`') },
            content: {
              'application/json': { schema: acceptedShape },
              'application/x-ndjson': { schema: lineShape },
            },
          },
          ...problemResponses(400, 401, 403, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const context = admissionOf(request, parts);
      const body: unknown = request.body;
      if (body instanceof NdjsonBody)
        return enrolLines(body, { parts, context, reply, role: request.role ?? '' });
      return enrolOne(body, { parts, context, reply });
    },
  );
  typed.get(
    '/v1/members/:programme/:memberId',
    {
      config: { permission: 'read_members' },
      schema: {
        operationId: 'readMember',
        tags: ['members'],
        summary: 'Where a member stands',
        params: z.object({
          programme: z.string().regex(idPattern),
          memberId: z.string().regex(idPattern),
        }),
        querystring: z.strictObject({
          at: instant
            .optional()
            .describe('chooses the month and the version; default: the newest sale known'),
        }),
        response: {
          200: {
            description: 'The member',
            content: { 'application/json': { schema: memberView } },
          },
          ...problemResponses(401, 403, 404, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const at = request.query.at === undefined ? undefined : parseInstant(request.query.at);
      if (request.query.at !== undefined && at === undefined)
        throw new HttpProblem(422, 'at is no time.', {
          errors: [{ field: 'at', message: 'must be an RFC 3339 time with offset' }],
        });
      const { programme, memberId } = request.params;
      const [member, rewards] = await Promise.all([
        parts.standings.member({ programme, memberId }, at),
        parts.standings.rewards({ programme, memberId }),
      ]);
      if (member === undefined)
        throw new HttpProblem(404, `No member ${memberId} is known in ${programme}.`);
      return reply.code(200).send(viewOf({ programme, memberId }, member, rewards));
    },
  );
}

function viewOf(
  name: { programme: string; memberId: string },
  { standing, position }: MemberAt,
  rewards: Awaited<ReturnType<Standings['rewards']>>,
): MemberView {
  return {
    ...name,
    tier: standing.tier,
    tierKeptThrough: standing.tierKeptThrough === null ? null : lastDayOf(standing.tierKeptThrough),
    benefits: [...standing.benefits],
    points: standing.points,
    expiringPoints: standing.lots.map(({ through, points }) => ({
      through: lastDayOf(through),
      points,
    })),
    month: standing.month,
    monthSpend: standing.monthSpend,
    nextTier: standing.nextTier,
    enrolledAt: timeOf(standing.enrolledAt),
    activatedAt: timeOf(standing.activatedAt),
    activatingAmount: standing.activatingAmount,
    tickets: rewards.tickets.map(({ campaign, number, transactionId }) => ({
      draw: campaign,
      number,
      transactionId,
    })),
    gifts: rewards.gifts.map(({ giftId, campaign, gift, edition, transactionId, status }) => ({
      giftId,
      campaign,
      gift,
      edition,
      transactionId,
      status,
    })),
    position,
  };
}

/** `2015-02` as `2015-02-28`. */
const lastDayOf = (month: string): string => {
  const first = epochDayOf(`${month}-01`);
  if (first === undefined) throw new Error(`${month} is no month`);
  return isoDate(firstDayOfMonth(epochMonthOf(first) + 1) - 1);
};

const timeOf = (instantMs: number | null): string | null =>
  instantMs === null ? null : new Date(instantMs).toISOString();

interface Enrolling {
  readonly parts: MemberRouteParts;
  readonly context: AdmissionContext;
  readonly reply: FastifyReply;
}

async function enrolOne(body: unknown, at: Enrolling): Promise<FastifyReply> {
  const verdict = admitMember(body, at.context);
  if (verdict.type === 'refused') {
    count(at, { status: 'invalid', items: 1 });
    return refuseItem(verdict.problems);
  }
  await at.parts.intake.enrol([verdict.profile]);
  count(at, { status: 'accepted', items: 1 });
  return at.reply.code(202).send({ memberId: verdict.profile.memberId, status: 'accepted' });
}

async function enrolLines(
  body: NdjsonBody,
  at: Enrolling & { readonly role: string },
): Promise<FastifyReply> {
  const { lines, intake } = at.parts;
  const judged = await lines.judge(body, at.role, (item) =>
    judgementOf(admitMember(item, at.context)),
  );
  const profiles: MemberProfile[] = [];
  for (const line of judged) if ('taken' in line) profiles.push(line.taken);
  await intake.enrol(profiles);
  const counts = { accepted: profiles.length, invalid: judged.length - profiles.length };
  count(at, { status: 'accepted', items: counts.accepted });
  count(at, { status: 'invalid', items: counts.invalid });
  let text = '';
  await lines.inSlices(judged, at.role, (line) => {
    text += 'answer' in line ? line.answer : enrolledLine(line.taken);
  });
  void at.reply.header(itemsHeader, itemsInWords(counts));
  return at.reply.code(202).type('application/x-ndjson').send(text);
}

function judgementOf(verdict: MemberVerdict): Judgement<MemberProfile> {
  if (verdict.type === 'admitted') return { type: 'admitted', taken: verdict.profile };
  const { memberId, problems } = verdict;
  return { type: 'refused', name: memberId === undefined ? {} : { memberId }, problems };
}

const enrolledLine = ({ memberId }: MemberProfile): string => {
  const line: z.infer<typeof lineShape> = { memberId, status: 'accepted' };
  return `${JSON.stringify(line)}\n`;
};

function count(at: Enrolling, of: { status: 'accepted' | 'invalid'; items: number }): void {
  if (of.items > 0) at.parts.metrics.items.inc({ kind: 'member', status: of.status }, of.items);
}
