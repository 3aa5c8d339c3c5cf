/** What bounds the local stack's processes: sizes in bytes, times in milliseconds. */
export const localStackLimits = {
  /** From spawn to the first successful probe; on a machine that others keep busy it takes minutes. */
  startMsMax: 600_000,
  /** Until that probe without an answer, a line in the log, or work. */
  startSilentMsMax: 60_000,
  readyPollMs: 100,
  /** One probe. */
  probeTimeoutMs: 2_000,
  /** From SIGTERM to SIGKILL. */
  stopWithinMs: 20_000,
  /** A log file larger than this when its process starts, or while it runs, becomes NAME.log.1. */
  logBytesMax: 16 * 1024 * 1024,
  logLinesQuoted: 12,
  logLineCharsQuoted: 300,
  kafkaHeapMiB: 512,
  registryHeapMiB: 256,
  /** Kafka's log cleaner allocates this on its heap; the default is a quarter of ours. */
  kafkaCleanerBufferBytes: 16 * 1024 * 1024,
  /** Redis refuses writes beyond this share of the machine's memory. */
  redisMemoryShare: 0.25,
  /** A broker that was killed cannot register again before its old session is over. */
  kafkaBrokerSessionMs: 3_000,
  kafkaBrokerHeartbeatMs: 500,
  kafkaPartitionsDefault: 8,
  /** Ten years: the projector keeps what makes it exact in its committed offsets' metadata. */
  kafkaOffsetsRetentionMinutes: 5_256_000,
} as const;
