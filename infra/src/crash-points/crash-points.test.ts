import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const infra = fileURLToPath(new URL('../..', import.meta.url));
const armed = ['--conditions=crash-points'];

/** Comes to a crash point three times, and says what it survived. */
function run(options: { flags: readonly string[]; env: Record<string, string> }) {
  const program = `import { crashPoint } from '#crash-points';
    for (const hit of [1, 2, 3]) { crashPoint('processor/loaded'); console.log('survived', hit); }`;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...options.flags, '--input-type=module', '--eval', program],
    { cwd: infra, env: { ...process.env, ...options.env }, encoding: 'utf8' },
  );
  return { status, signal, hits: stdout.trim().split('\n').filter(Boolean).length, stderr };
}

describe('a crash point', () => {
  it('is nothing without the import condition, whatever the environment says', () => {
    const survived = { status: 0, signal: null, hits: 3, stderr: '' };
    expect(run({ flags: [], env: { CRASH_POINT: 'processor/loaded' } })).toEqual(survived);
    expect(run({ flags: [], env: { CRASH_POINT: 'no such point' } })).toEqual(survived);
    const production = readFileSync(`${infra}/dist/crash-points/none.js`, 'utf8');
    expect(production).not.toMatch(/process|env|import/);
  });

  it('ends the process with SIGKILL at the hit that was asked for', () => {
    const env = { CRASH_POINT: 'processor/loaded', CRASH_AFTER_HITS: '2' };
    expect(run({ flags: armed, env })).toEqual({
      status: null,
      signal: 'SIGKILL',
      hits: 1,
      stderr: 'crash point processor/loaded, hit 2\n',
    });
  });

  it('lets every other point pass, and all of them until the signal when told so', () => {
    const survived = { status: 0, signal: null, hits: 3, stderr: '' };
    expect(run({ flags: armed, env: {} })).toEqual(survived);
    expect(run({ flags: armed, env: { CRASH_POINT: 'processor/produced' } })).toEqual(survived);
    const env = { CRASH_POINT: 'processor/loaded', CRASH_COUNTING_FROM: 'signal' };
    expect(run({ flags: armed, env })).toEqual(survived);
  });

  it('refuses a name that is none', () => {
    const { status, stderr } = run({ flags: armed, env: { CRASH_POINT: 'processor/lunch' } });
    expect(status).toBe(1);
    expect(stderr).toContain('CRASH_POINT');
  });
});
