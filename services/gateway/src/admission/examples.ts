/**
 * Bodies for the OpenAPI document, as the role import sends them to Pacific Place as it ships. Sent in this order,
 * each does what it says: whoever sends as a terminal leaves receivedAt out.
 */
const programme = 'pacific-place';
const memberId = 'M2014-EXAMPLE';
const till = { terminalId: 'EXAMPLE', businessDay: '2014-12-03' };

export const memberExamples = [
  {
    programme,
    memberId,
    enrolledAt: '2014-12-03T11:00:00+07:00',
    name: 'Siti Rahma',
    gender: 'female',
    birthDate: '1984-05-17',
    address: 'Jl. Jend. Sudirman 52',
    zone: 'Kebayoran Baru',
    receivedAt: '2014-12-03T11:00:01+07:00',
  },
];

const sale = {
  programme,
  ...till,
  sequence: 1,
  type: 'sale',
  memberId,
  tenantId: 'PP-001',
  amount: 1_250_000,
  currency: 'IDR',
  occurredAt: '2014-12-03T19:30:00+07:00',
  receivedAt: '2014-12-03T19:30:05+07:00',
};

const refund = {
  ...sale,
  sequence: 2,
  type: 'refund',
  amount: 250_000,
  occurredAt: '2014-12-03T20:00:00+07:00',
  receivedAt: '2014-12-03T20:00:05+07:00',
  original: { ...till, sequence: 1 },
};

const voiding = {
  programme,
  ...till,
  sequence: 3,
  type: 'void',
  memberId,
  occurredAt: '2014-12-03T20:10:00+07:00',
  receivedAt: '2014-12-03T20:10:05+07:00',
  original: { ...till, sequence: 2 },
};

export const transactionExamples = [sale, refund, voiding];
