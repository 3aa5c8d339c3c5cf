import { describe, expect, it } from 'vitest';
import { KeyRing } from './key-ring.ts';

const ring = new KeyRing({
  terminal: 'terminal-key',
  desk: 'desk-key-1',
  import: 'import-key',
  analyst: 'analyst-key',
  operator: 'operator-key',
});

describe('KeyRing', () => {
  it.each([
    ['Bearer terminal-key', 'terminal'],
    ['bearer  operator-key', 'operator'],
    ['Bearer analyst-key', 'analyst'],
    ['Bearer terminal-ke', undefined],
    ['Bearer terminal-key ', undefined],
    ['Bearer ', undefined],
    ['Basic terminal-key', undefined],
    ['terminal-key', undefined],
    [undefined, undefined],
  ])('%s', (authorization, role) => {
    expect(ring.roleOf(authorization)).toBe(role);
  });
});
