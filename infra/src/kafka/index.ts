export { createKafka, type KafkaOptions } from './client.ts';
export { createTopics } from './topics.ts';
export { findDeviations, repairTopics, sentenceOf } from './topic-settings.ts';
export { createProducer, type RecordProducer } from './producer.ts';
export { LogUnavailable, type OutputRecord } from './output-record.ts';
export { partitionOf } from './partitioner.ts';
export { fetchedFrom, isOutOfRange, recordsOf } from './fetch-response.ts';
export { joinedAppends } from './joined-appends.ts';
export { createCluster, createConsumer } from './kafkajs-cluster.ts';
export { wholeBatchHeader } from './record-set.ts';
export {
  contentDigest,
  decodePlace,
  encodePlace,
  logStart,
  placeOf,
  type LogPlace,
  type PlaceVerdict,
} from './log-place.ts';
export { createLogPlaces, type EndOfEpoch, type LogPlaces } from './log-places.ts';
export type { LogRecord, WrittenIn } from './record-reader.ts';
export { TopicReader, type TopicReaderLimits } from './topic-reader.ts';
export { watermarksOf, type Watermarks } from './watermarks.ts';
