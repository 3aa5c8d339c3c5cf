import { topicNames, type TopicName } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { deviationsOf, sentenceOf, settingsOf, type FoundSettings } from './topic-settings.ts';

const replicationFactor = 1;
const brokers = ['kafka:9092'];

const asItShouldBe = (topic: TopicName): FoundSettings =>
  Object.fromEntries(settingsOf(topic, replicationFactor).map(({ name, value }) => [name, value]));

const deviations = (topic: TopicName, changed: FoundSettings) =>
  deviationsOf(topic, { found: { ...asItShouldBe(topic), ...changed }, replicationFactor });

describe('settings of a topic', () => {
  it.each(topicNames)('as %s is created are none to tell of', (topic) => {
    expect(deviations(topic, {})).toEqual([]);
  });

  it.each([
    ['transactions', 'retention.ms', '604800000', 'refuse'],
    ['transactions', 'retention.bytes', '1000000', 'refuse'],
    ['transactions', 'cleanup.policy', 'compact', 'refuse'],
    ['entitlements', 'retention.ms', '604800000', 'refuse'],
    ['dead-letters', 'retention.ms', '604800000', 'refuse'],
    ['members', 'cleanup.policy', 'delete', 'refuse'],
    ['members', 'cleanup.policy', 'compact,delete', 'refuse'],
    ['loyalty-events', 'cleanup.policy', 'compact', 'refuse'],
    ['loyalty-events', 'retention.ms', '604800000', 'tell'],
    ['reward-events', 'compression.type', 'zstd', 'tell'],
    ['transactions', 'min.insync.replicas', '2', 'tell'],
    ['dead-letters', 'max.message.bytes', '1048588', 'tell'],
    ['members', 'delete.retention.ms', '86400000', 'tell'],
  ] as const)('of %s with %s = %s: %s', (topic, name, value, atStart) => {
    expect(deviations(topic, { [name]: value })).toMatchObject([
      { topic, found: value, setting: { name, atStart } },
    ]);
  });

  it('may be larger where that does as well', () => {
    expect(deviations('dead-letters', { 'max.message.bytes': '100000000' })).toEqual([]);
  });

  it('spare one of three replicas', () => {
    const found = { ...asItShouldBe('transactions'), 'min.insync.replicas': '1' };
    const [deviation] = deviationsOf('transactions', { found, replicationFactor: 3 });
    expect(deviation?.setting).toMatchObject({ name: 'min.insync.replicas', value: '2' });
  });

  it('that deviate are one sentence with the topic, what is, what should be, and the command', () => {
    const [deviation] = deviations('transactions', { 'retention.ms': '604800000' });
    if (deviation === undefined) throw new Error('nothing deviates');
    expect(sentenceOf(deviation, { brokers })).toBe(
      'Topic transactions has retention.ms = 604800000 and should have -1, since otherwise records ' +
        'are deleted, and nothing can be made again from the log: kafka-configs.sh ' +
        '--bootstrap-server kafka:9092 --alter --entity-type topics --entity-name transactions ' +
        '--add-config retention.ms=-1, or start once with REPAIR_TOPICS=yes.',
    );
  });
});
