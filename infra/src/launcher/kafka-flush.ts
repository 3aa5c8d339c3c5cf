import { z } from 'zod';
import type { KafkaFlush } from '../local-stack/index.ts';
import { readSettings } from './terminal-settings.ts';

const schema = z.object({
  /** `append`: Kafka writes to disk whatever it acknowledges. `system`: the operating system does, when it likes. */
  KAFKA_FLUSH: z.enum(['system', 'append']).default('system'),
});

/** Throws InstallError, a sentence for the person at the terminal. */
export const kafkaFlush = (environment: Readonly<Record<string, string | undefined>>): KafkaFlush =>
  readSettings(schema, environment).KAFKA_FLUSH;
