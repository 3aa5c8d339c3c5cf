import { createKafka } from '@semarak/infra/kafka';
import { createLog } from '@semarak/infra/observability';
import { insert } from './bare-insert.ts';
import { consume, consumeAndProduce } from './bare-kafka.ts';

/** One ceiling in a process of its own: prints a line of JSON. */
const { KAFKA_BROKERS = '', CLICKHOUSE_URL = '', RECORDS_MAX = '' } = process.env;
const log = createLog({ service: 'ceiling', level: 'silent' });
const kafka = createKafka({ brokers: [KAFKA_BROKERS], clientId: 'ceiling', log });
const recordsMax = Number(RECORDS_MAX);

const ceilings: Readonly<Record<string, () => Promise<object>>> = {
  consume: () => consume(kafka, { recordsMax }),
  'consume-and-produce': () => consumeAndProduce(kafka, { recordsMax }),
  insert: () => insert(CLICKHOUSE_URL, { recordsMax }),
};
const measure = ceilings[process.argv[2] ?? ''];
if (measure === undefined) throw new Error(`a ceiling: ${Object.keys(ceilings).join(', ')}`);
process.stdout.write(JSON.stringify(await measure()));
