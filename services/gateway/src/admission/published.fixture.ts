import { compileRules } from '@semarak/programme';
import { programmeFiles, readProgramme } from '@semarak/schemas';
import type { AdmissionContext } from './transaction.ts';

/** Pacific Place as it ships, for tests. */
export const pacificPlace = programmeFiles()
  .map(readProgramme)
  .filter(({ programme }) => programme === 'pacific-place');

const rules = compileRules(pacificPlace);
export const tenantId = pacificPlace[0]?.tenants[0]?.tenantId ?? '';

/** 2014-12-01 12:00 in Jakarta. */
const noon = Date.UTC(2014, 11, 1, 5);

export const context: AdmissionContext = {
  rulesOf: (programme) => (programme === 'pacific-place' ? rules : undefined),
  receivedAt: 'is_now',
  now: noon,
  times: { timeAheadMsMax: 300_000, receivedBeforeMsMax: 86_400_000 },
  problemsMax: 20,
};

/** A sale that is right in every field. */
export const sale = {
  programme: 'pacific-place',
  terminalId: 'T-001',
  businessDay: '2014-12-01',
  sequence: 17,
  type: 'sale',
  tenantId,
  memberId: 'M-1',
  amount: 1_250_000,
  currency: 'IDR',
  occurredAt: '2014-12-01T11:30:00+07:00',
};
const original = { terminalId: 'T-001', businessDay: '2014-12-01', sequence: 17 };

export const refund = { ...sale, type: 'refund', sequence: 18, amount: 250_000, original };

/** A void without what may be left out. */
export const voiding = {
  programme: 'pacific-place',
  terminalId: 'T-001',
  businessDay: '2014-12-01',
  sequence: 19,
  type: 'void',
  memberId: 'M-1',
  occurredAt: '2014-12-01T11:40:00+07:00',
  original,
};

export const member = {
  programme: 'pacific-place',
  memberId: 'M-1',
  enrolledAt: '2014-12-01T10:00:00+07:00',
  name: 'Siti Rahma',
  gender: 'female',
  birthDate: '1984-05-17',
  address: 'Jl. Jend. Sudirman 52',
  zone: 'Kebayoran Baru',
};
