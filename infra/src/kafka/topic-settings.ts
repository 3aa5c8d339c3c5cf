import { topicNames, topics, type TopicName } from '@semarak/schemas';
import kafkajs, { type Admin } from 'kafkajs';

const { ConfigResourceTypes, ConfigSource } = kafkajs;

/** What a topic is created with and has to have at every start. */
export interface TopicSetting {
  readonly name: string;
  readonly value: string;
  /** What another value does. */
  readonly otherwise: string;
  /** `refuse`: going on with another value loses records, or what members hold. */
  readonly atStart: 'refuse' | 'tell';
  /** A larger value does as well. */
  readonly atLeast?: true;
}

/** Settings of a topic as they are, by name. */
export type FoundSettings = Readonly<Record<string, string>>;

/** A setting of a topic that is not what it should be. */
export interface Deviation {
  readonly topic: TopicName;
  readonly setting: TopicSetting;
  readonly found: string;
}

/** From so many replicas on one may be away, and the others take records all the same. */
const replicasThatSpareOne = 3;
/** A reader that is away for so long still learns of a member who was removed. */
const tombstonesKeptMs = 90 * 86_400_000;
/** A dead letter has all of a record or batch and some words more; DECOMPRESSED_BYTES_MAX and what is about it. */
const deadLetterBytesMax = 20_971_520;

/** What a topic should be, by the contract of `schemas` and the number of replicas. */
export function settingsOf(topic: TopicName, replicationFactor: number): TopicSetting[] {
  const inSync = replicationFactor >= replicasThatSpareOne ? replicationFactor - 1 : 1;
  return [
    ...retentionOf(topic),
    {
      name: 'compression.type',
      value: 'producer',
      otherwise: 'the broker decompresses and compresses every batch anew',
      atStart: 'tell',
    },
    {
      name: 'min.insync.replicas',
      value: String(inSync),
      otherwise: 'a record is acknowledged by more or fewer replicas than are meant to have it',
      atStart: 'tell',
    },
    ...(topic === 'dead-letters'
      ? [
          {
            name: 'max.message.bytes',
            value: String(deadLetterBytesMax),
            otherwise:
              'a large record that cannot be read stops the line in place of being put aside',
            atStart: 'tell' as const,
            atLeast: true as const,
          },
        ]
      : []),
  ];
}

function retentionOf(topic: TopicName): TopicSetting[] {
  const { retention } = topics[topic];
  if (retention === 'compact')
    return [
      {
        name: 'cleanup.policy',
        value: 'compact',
        otherwise: 'profiles are deleted by age, or none ever is',
        atStart: 'refuse',
      },
      {
        name: 'delete.retention.ms',
        value: String(tombstonesKeptMs),
        otherwise: 'who is away for longer does not learn of removed members',
        atStart: 'tell',
        atLeast: true,
      },
    ];
  const atStart = retention === 'keep' ? 'refuse' : 'tell';
  const otherwise = 'records are deleted, and nothing can be made again from the log';
  return [
    {
      name: 'cleanup.policy',
      value: 'delete',
      otherwise: 'all but the newest record of a key is deleted',
      atStart: 'refuse',
    },
    { name: 'retention.ms', value: '-1', otherwise, atStart },
    { name: 'retention.bytes', value: '-1', otherwise, atStart },
  ];
}

/** What is not as it should be; a setting that Kafka does not tell is left out. */
export function deviationsOf(
  topic: TopicName,
  { found, replicationFactor }: { found: FoundSettings; replicationFactor: number },
): Deviation[] {
  return settingsOf(topic, replicationFactor).flatMap((setting) => {
    const value = found[setting.name];
    return value === undefined || does(value, setting) ? [] : [{ topic, setting, found: value }];
  });
}

const does = (found: string, { value, atLeast }: TopicSetting): boolean =>
  found === value || (atLeast === true && Number(found) >= Number(value));

/** One sentence: what is wrong, what follows, and how it is put right. */
export function sentenceOf(
  { topic, setting, found }: Deviation,
  { brokers }: { readonly brokers: readonly string[] },
): string {
  const { name, value, otherwise } = setting;
  return (
    `Topic ${topic} has ${name} = ${found} and should have ${value}, since otherwise ${otherwise}: ` +
    `kafka-configs.sh --bootstrap-server ${brokers.join(',')} --alter --entity-type topics ` +
    `--entity-name ${topic} --add-config ${name}=${value}, or start once with REPAIR_TOPICS=yes.`
  );
}

/** Reads the settings of all topics and says what is not as it should be. */
export async function findDeviations(
  admin: Admin,
  { replicationFactor }: { readonly replicationFactor: number },
): Promise<Deviation[]> {
  const found = await describe(admin);
  return topicNames.flatMap((topic) => {
    const entries = found.get(topic) ?? [];
    const settings = Object.fromEntries(entries.map((one) => [one.configName, one.configValue]));
    return deviationsOf(topic, { found: settings, replicationFactor });
  });
}

/** Sets what deviates; what else was set on those topics stays. Throws what Kafka throws. */
export async function repairTopics(admin: Admin, deviations: readonly Deviation[]): Promise<void> {
  const found = await describe(admin);
  for (const topic of new Set(deviations.map((one) => one.topic))) {
    const wrong = deviations.filter((one) => one.topic === topic);
    const kept = (found.get(topic) ?? []).filter(isSetOnTopic);
    const settings = new Map([
      ...kept.map((one) => [one.configName, one.configValue] as const),
      ...wrong.map(({ setting }) => [setting.name, setting.value] as const),
    ]);
    const configEntries = [...settings].map(([name, value]) => ({ name, value }));
    const type = ConfigResourceTypes.TOPIC;
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type, name: topic, configEntries }],
    });
  }
}

type Entry = Awaited<
  ReturnType<Admin['describeConfigs']>
>['resources'][number]['configEntries'][number];

const isSetOnTopic = ({ configSource }: Entry): boolean =>
  configSource === ConfigSource.TOPIC_CONFIG;

async function describe(admin: Admin): Promise<ReadonlyMap<string, readonly Entry[]>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topicNames.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
  });
  return new Map(resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]));
}
