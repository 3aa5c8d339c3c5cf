import { mallDate, type ProgrammeRules } from '@semarak/programme';
import { epochDayOf, groupName, plainText, type MemberProfile } from '@semarak/schemas';
import { z } from 'zod';
import { parseInstant } from './instant.ts';
import type { FieldProblem } from '@semarak/infra/http-server';
import { boundedProblems, shapeProblems, soundFields } from './shape.ts';
import { memberExamples } from './examples.ts';
import { futureProblem, receivedRemedy } from './time-bounds.ts';
import { date, id, instant, notAhead, type AdmissionContext } from './transaction.ts';

export type MemberVerdict =
  | { readonly type: 'admitted'; readonly profile: MemberProfile }
  | {
      readonly type: 'refused';
      readonly memberId: string | undefined;
      readonly problems: readonly FieldProblem[];
    };

const zoneShape = groupName({ max: 120 });

const objectMessage = 'must be a JSON object';

/** An enrolment at the desk; strict. Everything but receivedAt is required. */
export const memberShape = z
  .strictObject(
    {
      programme: id,
      memberId: id.describe('the number on the card or in the app'),
      enrolledAt: instant.describe(notAhead),
      name: plainText({ max: 120 }),
      gender: z.enum(['female', 'male', 'other', 'unknown'], {
        error: 'must be female, male, other or unknown',
      }),
      birthDate: date,
      address: plainText({ max: 300 }),
      zone: zoneShape.describe(
        'where the member lives; one of the programme’s zones where it lists them',
      ),
      receivedAt: instant
        .optional()
        .describe(`only with the role import; default: now; ${notAhead}`),
    },
    { error: objectMessage },
  )
  .meta({ examples: memberExamples });
type Sent = z.infer<typeof memberShape>;

/** The oldest birth date taken: 1900-01-01, from where on the report database can hold one. */
const birthDayMin = -25_567;

/** A member's profile for the log, or every field that is wrong. */
export function admitMember(input: unknown, context: AdmissionContext): MemberVerdict {
  const parsed = memberShape.safeParse(input);
  const shape = parsed.success
    ? []
    : shapeProblems(parsed.error, { input, problemsMax: context.problemsMax });
  const sent = parsed.success ? parsed.data : (soundFields(input, shape) as Partial<Sent>);
  const read = examine(sent, context);
  if (parsed.success && read.problems.length === 0)
    return {
      type: 'admitted',
      profile: {
        ...parsed.data,
        enrolledAt: read.enrolledAt,
        birthDate: read.birthDate,
        receivedAt: read.receivedAt,
      },
    };
  const problems = boundedProblems([...shape, ...read.problems], context.problemsMax);
  return { type: 'refused', memberId: sent.memberId, problems };
}

const remedies = {
  enrolledAt: 'set the desk’s clock right and send when the member enrolled',
  receivedAt: receivedRemedy,
} as const;

function examine(sent: Partial<Sent>, context: AdmissionContext) {
  const problems: FieldProblem[] = [];
  const add = (field: string, message: string) => problems.push({ field, message });
  const time = (field: 'enrolledAt' | 'receivedAt'): number => {
    const value = sent[field];
    const read = value === undefined ? undefined : parseInstant(value);
    if (value !== undefined && read === undefined)
      add(field, 'must be an RFC 3339 time with offset, from 1970 to 2099');
    const problem = read === undefined ? undefined : futureProblem(read, context, remedies[field]);
    if (problem !== undefined) add(field, problem);
    return read ?? NaN;
  };
  const enrolledAt = time('enrolledAt');
  let receivedAt = context.now;
  if (sent.receivedAt !== undefined) {
    if (context.receivedAt === 'is_now') add('receivedAt', 'may be set by the role import only');
    else receivedAt = time('receivedAt');
  }
  const rules = sent.programme === undefined ? undefined : context.rulesOf(sent.programme);
  if (sent.programme !== undefined && rules === undefined)
    add('programme', 'is not a published programme');
  const zones = rules?.versionAt(context.now)?.document.zones ?? rules?.versions[0]?.document.zones;
  const zone = zoneShape.safeParse(sent.zone).data;
  if (zone !== undefined && zones?.includes(zone) === false)
    add('zone', `must be one of the programme’s zones: ${zones.join(', ')}`);
  const birthDate = sent.birthDate === undefined ? NaN : (epochDayOf(sent.birthDate) ?? NaN);
  if (sent.birthDate !== undefined) {
    if (Number.isNaN(birthDate)) add('birthDate', 'is a date that no calendar has');
    else if (birthDate < birthDayMin) add('birthDate', 'must not be before 1900-01-01');
    else if (birthDate > dayOf(enrolledAt, rules))
      add('birthDate', 'must not be after the day of enrolledAt');
  }
  return { problems, enrolledAt, receivedAt, birthDate };
}

/** The mall date of an instant; infinite when there is no instant to compare with. */
function dayOf(instantMs: number, rules: ProgrammeRules | undefined): number {
  const version = rules?.versions[0];
  if (Number.isNaN(instantMs)) return Infinity;
  return version === undefined ? Infinity : mallDate(version.clock, instantMs);
}
