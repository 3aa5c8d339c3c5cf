import { z } from 'zod';
import { readConfiguration } from '../configuration/index.ts';
import { InstallError, type KafkaFlush } from '../local-stack/index.ts';

const schema = z.object({
  /** `append`: Kafka writes to disk whatever it acknowledges. `system`: the operating system does, when it likes. */
  KAFKA_FLUSH: z.enum(['system', 'append']).default('system'),
});

/** Throws InstallError, a sentence for the person at the terminal. */
export function kafkaFlush(environment: Readonly<Record<string, string | undefined>>): KafkaFlush {
  try {
    return readConfiguration(schema, environment).KAFKA_FLUSH;
  } catch (error) {
    throw new InstallError(error instanceof Error ? error.message : String(error));
  }
}
