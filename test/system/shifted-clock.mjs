/**
 * Loaded before anything else (`--import`) into whatever writes times into the log, gateway, calendar and commands:
 * their wall clock is that of the machine, shifted by the milliseconds that stand in the file SHIFTED_CLOCK_FILE.
 */
import { readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';

const file = process.env.SHIFTED_CLOCK_FILE;
const readEveryMs = 50;
const shifted = /services\/(gateway|calendar)\/|infra\/src\/(programme|dead-letters)-command\//;

if (file !== undefined && shifted.test(process.argv[1] ?? '')) {
  const RealDate = Date;
  let shiftMs = 0;
  const read = () => {
    try {
      shiftMs = Number(readFileSync(file, 'utf8'));
    } catch {
      // It is being written.
    }
  };
  read();
  setInterval(read, readEveryMs).unref();
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) super(RealDate.now() + shiftMs);
      else super(...parts);
    }

    static now() {
      return RealDate.now() + shiftMs;
    }
  };
}
