import { readConfiguration } from '@semarak/infra/configuration';
import { createLog } from '@semarak/infra/observability';
import { runUntilStopped } from '@semarak/infra/workers';
import { startCalendar } from './calendar.ts';
import { calendarConfiguration } from './config.ts';

const configuration = readConfiguration(calendarConfiguration, process.env);
const log = createLog({ service: 'calendar', level: configuration.LOG_LEVEL });

await runUntilStopped({
  log,
  closeMsMax: 20_000,
  start: (fail) => startCalendar({ configuration, clock: Date.now, log, fail }),
});
