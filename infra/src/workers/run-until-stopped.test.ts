import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const built = fileURLToPath(new URL('../../dist/workers/index.js', import.meta.url));

/**
 * A service of its own process: `start` and `close` are the bodies of its two functions. It gets
 * SIGTERM once it has said `stopWhen`, if that is given.
 */
function service(bodies: { start: string; close: string; stopWhen?: string }) {
  const { stopWhen } = bodies;
  const script = `
    import { runUntilStopped } from ${JSON.stringify(built)};
    const say = (fields, message) => console.log(message ?? fields);
    const log = { info: say, error: say, fatal: say };
    await runUntilStopped({
      log,
      closeMsMax: 500,
      start: async (fail, stopping) => { ${bodies.start}; return { close: async () => { ${bodies.close} } }; },
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  let output = '';
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, output })),
  );
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (child.killed || stopWhen === undefined || !output.includes(stopWhen)) return;
    child.kill('SIGTERM');
  });
  return ended;
}

const keepAlive = 'setInterval(() => undefined, 1000)';
const never = 'await new Promise(() => undefined)';

describe('runUntilStopped', () => {
  it('closes on SIGTERM and ends with 0', async () => {
    const { code, output } = await service({
      start: keepAlive,
      close: "console.log('closed')",
      stopWhen: 'running',
    });
    expect(output).toMatch(/running[^]*stopping[^]*closed/);
    expect(code).toBe(0);
  });

  it('has a start that waits give up on SIGTERM, and ends with 0', async () => {
    const { code, output } = await service({
      start: `${keepAlive}; console.log('waiting');
        await new Promise((_, give) => stopping.addEventListener('abort', () => give('up')))`,
      close: "console.log('closed')",
      stopWhen: 'waiting',
    });
    expect(output).not.toContain('closed');
    expect(code).toBe(0);
  });

  it('ends with 1 and says why when the start fails', async () => {
    const { code, output } = await service({ start: "throw new Error('no Kafka')", close: '' });
    expect(output).toContain('no Kafka');
    expect(code).toBe(1);
  });

  it('closes and ends with 1 when the service fails later', async () => {
    const start = "setTimeout(() => fail(new Error('halted')), 10)";
    const { code, output } = await service({ start, close: "console.log('closed')" });
    expect(output).toMatch(/halted[^]*closed/);
    expect(code).toBe(1);
  });

  it.each([
    ['a close', { start: keepAlive, close: never, stopWhen: 'running' }],
    [
      'a start',
      { start: `${keepAlive}; console.log('hanging'); ${never}`, close: '', stopWhen: 'hanging' },
    ],
  ])('does not wait for ever for %s that hangs', async (_, bodies) => {
    const { code, output } = await service(bodies);
    expect(output).toContain('closing took too long');
    expect(code).toBe(1);
  });
});
