import { describe, expect, it } from 'vitest';
import { Terminal } from './terminal.ts';

function written(columns: number | undefined, use: (terminal: Terminal) => void): string {
  const parts: string[] = [];
  const isTTY = columns !== undefined;
  use(new Terminal({ isTTY, columns, write: (text) => parts.push(text) }));
  return parts.join('').replaceAll(/ *\d+\.\d s {2}/g, '');
}

describe('Terminal', () => {
  it('keeps the status below the lines on a terminal', () => {
    const text = written(80, (terminal) => {
      terminal.status('10/s');
      terminal.line('redis runs again');
      terminal.status('20/s');
      terminal.endStatus();
    });
    const clear = '\r\u001B[2K';
    expect(text).toBe(`10/s${clear}redis runs again\n10/s${clear}20/s${clear}`);
  });

  it('never lets the status wrap, since only one line can be written over', () => {
    expect(written(20, (terminal) => terminal.status('x'.repeat(100))).length).toBeLessThan(20);
  });

  it('prints plain lines elsewhere', () => {
    const text = written(undefined, (terminal) => {
      terminal.status('10/s');
      terminal.line('redis runs again');
      terminal.endStatus();
    });
    expect(text).toBe('10/s\nredis runs again\n');
  });
});
