import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { describe, expect, it } from 'vitest';
import { replay } from './histories/replay.ts';
import type { Keeping } from './table/cases.ts';

const directory = new URL('histories/', import.meta.url);
const names = readdirSync(directory).filter((file) => file.endsWith('.ndjson'));
const keepings: readonly Keeping[] = ['in_memory', 'as_bytes'];

if (env['RECORD_HISTORIES'] === '1')
  for (const name of names) {
    const file = new URL(name, directory);
    writeFileSync(file, replay(readFileSync(file, 'utf8'), 'in_memory'));
  }

const recordings = names.map((name) => ({
  name,
  text: readFileSync(new URL(name, directory), 'utf8'),
}));

describe('recorded histories', () => {
  it.each(recordings)('$name gives the same events byte for byte', ({ text }) => {
    for (const keeping of keepings) {
      const again = replay(text, keeping);
      // Line by line first, for a difference that can be read.
      expect(again.split('\n')).toEqual(text.split('\n'));
      expect(again).toBe(text);
    }
  });

  it('have every kind of event and every refusal', () => {
    const all = recordings.map(({ text }) => text).join('');
    const seen = (pattern: RegExp) =>
      [...new Set([...all.matchAll(pattern)].map(([, found]) => found))].sort();
    expect(seen(/\{"type":"([A-Z]\w+)"/g)).toEqual([
      'DrawTicketEarned',
      'DrawTicketForfeited',
      'GiftEntitled',
      'GiftWithdrawn',
      'MemberActivated',
      'MemberDeactivated',
      'ParkingGranted',
      'ParkingWithdrawn',
      'PointsExpired',
      'RejectionWithdrawn',
      'TierChanged',
      'TransactionPosted',
      'TransactionRejected',
    ]);
    expect(seen(/"type":"TransactionRejected"[^}]*"reason":"(\w+)"/g)).toEqual([
      'conflict',
      'no_programme_in_force',
      'refund_exceeds_sale',
      'sale_voided',
      'too_late',
    ]);
    expect(seen(/"type":"TierChanged"[^}]*"reason":"(\w+)"/g)).toEqual([
      'activated',
      'deactivated',
      'month_closed',
      'spend_reached',
      'spend_reversed',
    ]);
  });
});
