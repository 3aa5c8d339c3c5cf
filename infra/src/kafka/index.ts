export { createKafka, type KafkaOptions } from './client.ts';
export { createTopics } from './topics.ts';
export { createProducer, type RecordProducer } from './producer.ts';
export { LogUnavailable, type OutputRecord } from './output-record.ts';
export { partitionOf } from './partitioner.ts';
export { TopicReader, type LogRecord, type TopicReaderLimits } from './topic-reader.ts';
export { watermarksOf, type Watermarks } from './watermarks.ts';
