export { connectToKafka, type KafkaConnection } from './kafka-connection.ts';
export { done, refused, wrongUse, runCommandLine, type Answer, type Surroundings } from './run.ts';
