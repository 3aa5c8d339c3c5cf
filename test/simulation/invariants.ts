import type { InputRecord } from '@semarak/infra/consumer-group';
import type { RecordPosition, States } from '@semarak/infra/stream-processor';
import { topics, type TopicName, type Typed } from '@semarak/schemas';
import { isOpen } from './adapters.ts';
import { partitionCount, partitionOf, type Simulation } from './simulation.ts';
import {
  codec,
  database,
  eventOf,
  inputs,
  logics,
  projection,
  type StreamWorkerName,
} from './stages.ts';

/** A plain fold: no process, no batch, no store. */
interface Folded {
  /** By partition and name. */
  readonly states: readonly ReadonlyMap<string, string>[];
  readonly events: readonly Derived[];
  readonly unreadable: readonly string[];
}

/** An event with the partition of its cause and its own. */
interface Derived {
  readonly topic: TopicName;
  readonly source: number;
  readonly partition: number;
  readonly record: Typed;
}

type Input = readonly (readonly InputRecord[])[];

const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);

/** Everything that does not hold at the end of a run, in sentences; empty: it was exact. */
export async function faultsOf(simulation: Simulation): Promise<string[]> {
  const faults: string[] = [];
  const granted = fold('grants', recordsOf(simulation, 'transactions'));
  faults.push(...stateFaults(simulation, { worker: 'grants', expected: granted }));
  faults.push(...topicFaults(simulation, { topic: 'loyalty-events', expected: granted }));
  faults.push(...topicFaults(simulation, { topic: 'entitlements', expected: granted }));
  const applied = recordsOf(simulation, 'entitlements').map(onceEach);
  const numbered = fold('numbers', applied);
  faults.push(...stateFaults(simulation, { worker: 'numbers', expected: numbered }));
  faults.push(...topicFaults(simulation, { topic: 'reward-events', expected: numbered }));
  faults.push(...differences('rows', rowsOf(simulation), expectedRows(numbered.events)));
  const aside = recordsOf(simulation, 'dead-letters').flat();
  const keys = new Set(aside.map(({ key }) => key?.toString() ?? ''));
  const told = [...keys].sort().filter((key) => !isOfLost(simulation, granted, key));
  faults.push(...differences('dead letters', told, granted.unreadable));
  faults.push(...(await positionFaults(simulation)));
  return faults;
}

/** The copy of a record that could not be read and that the log has lost since, before its effects were committed. */
const isOfLost = ({ topics }: Simulation, { unreadable }: Folded, key: string): boolean =>
  !unreadable.includes(key) &&
  topics.lost.some(({ name, value }) => name === key && !isReadable(value));

function fold(worker: StreamWorkerName, input: Input): Folded {
  const logic = logics[worker];
  const states = input.map(() => new Map<string, string>());
  const events: Derived[] = [];
  const unreadable: string[] = [];
  input.forEach((records, partition) => {
    const held: States<string> = {
      get: (name) => states[partition]?.get(name),
      set: (name, state) => states[partition]?.set(name, state),
    };
    for (const { offset, value } of records) {
      const at: RecordPosition = { partition, offset };
      if (!isReadable(value)) {
        unreadable.push(`${inputs[worker]}/${partition}/${offset}`);
        continue;
      }
      const input = codec.decode(value);
      const emissions = logic.decide(input, held, at, logic.statesOf(input, at));
      for (const { topic, key, record } of emissions) {
        const isCoPartitioned = topics[topic].key === 'member';
        const own = isCoPartitioned ? partition : partitionOf(key ?? '');
        events.push({ topic, source: partition, partition: own, record });
      }
    }
  });
  return { states, events, unreadable: unreadable.sort() };
}

const isReadable = (value: Buffer | null): boolean => value?.toString().startsWith('{') ?? false;

const recordsOf = ({ topics }: Simulation, topic: TopicName): Input =>
  partitions.map((partition) => topics.readable(topic, partition));

/** Of each event the first copy: what a reader has to apply. */
function onceEach(records: readonly InputRecord[]): InputRecord[] {
  const seen = new Set<string>();
  return records.filter(({ value }) => {
    const { says } = eventOf(codec.decode(value));
    if (seen.has(says)) return false;
    seen.add(says);
    return true;
  });
}

function stateFaults(
  { stores }: Simulation,
  { worker, expected }: { worker: StreamWorkerName; expected: Folded },
): string[] {
  return stores[worker].flatMap((store, partition) =>
    differences(
      `states of ${worker}/${partition}`,
      [...store.entries()].map(([name, state]) => `${name}=${state.toString()}`).sort(),
      [...(expected.states[partition] ?? [])].map(([name, state]) => `${name}=${state}`).sort(),
    ),
  );
}

/** Once repeats are dropped, the events of each source partition are there, all of them, in order. */
function topicFaults(
  simulation: Simulation,
  { topic, expected }: { topic: TopicName; expected: Folded },
): string[] {
  const written = recordsOf(simulation, topic).map((records) =>
    onceEach(records).map(({ value }) => eventOf(codec.decode(value))),
  );
  return partitions.flatMap((source) =>
    partitions.flatMap((partition) =>
      differences(
        `${topic}/${partition} from partition ${source}`,
        (written[partition] ?? [])
          .filter(({ sourcePartition }) => sourcePartition === source)
          .map(({ says }) => says),
        expected.events
          .filter((one) => isOf(one, { topic, source, partition }))
          .map(({ record }) => eventOf(record).says),
      ),
    ),
  );
}

const isOf = (one: Derived, at: Omit<Derived, 'record'>): boolean =>
  one.topic === at.topic && one.source === at.source && one.partition === at.partition;

const rowsOf = ({ warehouse }: Simulation): string[] =>
  [...warehouse.rows]
    .flatMap(([table, rows]) => rows.map(({ says }) => `${table}: ${says}`))
    .sort();

const expectedRows = (events: readonly Derived[]): string[] =>
  events
    .flatMap(({ record }) =>
      projection
        .factsOf(record, { partition: 0, offset: 0 })
        .map(
          ({ table, tablePartition }) =>
            `${database}.${table}/${tablePartition}: ${eventOf(record).says}`,
        ),
    )
    .sort();

async function positionFaults({ stores, groups, topics: written }: Simulation): Promise<string[]> {
  const faults: string[] = [];
  for (const worker of ['grants', 'numbers'] as const)
    for (const partition of partitions) {
      const found = await stores[worker][partition]?.load([]);
      const { high } = written.watermarks(inputs[worker], partition);
      if (found?.position !== high)
        faults.push(`${worker}/${partition} is at ${found?.position ?? 0} of ${high}`);
      const { offset = 0 } = groups[worker].committed[partition] ?? {};
      if (offset !== high)
        faults.push(`the group of ${worker}/${partition} is told ${offset} of ${high}`);
    }
  for (const partition of partitions) {
    const { offset = 0, metadata = '' } = groups.projector.committed[partition] ?? {};
    const { high } = written.watermarks(inputs.projector, partition);
    if (offset !== high || isOpen(metadata))
      faults.push(`projector/${partition} is at ${offset} of ${high}, "${metadata}"`);
  }
  return faults;
}

function differences(what: string, found: readonly string[], expected: readonly string[]) {
  const index = expected.findIndex((text, at) => text !== found[at]);
  if (index < 0 && found.length === expected.length) return [];
  const at = index < 0 ? expected.length : index;
  return [
    `${what}: at ${at} "${found[at] ?? 'nothing'}" in place of "${expected[at] ?? 'nothing'}" ` +
      `(${found.length} of ${expected.length})`,
  ];
}
