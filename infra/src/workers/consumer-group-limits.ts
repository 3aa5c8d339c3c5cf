import type { z } from 'zod';
import { bounded, decompressedBytesMax } from '../configuration/index.ts';
import type { ConsumerGroupLimits } from '../consumer-group/index.ts';

/** Limits of a consumer group as environment variables. */
export const consumerGroupConfiguration = {
  SESSION_TIMEOUT_MS: bounded({ min: 6_000, max: 300_000, default: 15_000 }),
  FETCH_WAIT_MS_MAX: bounded({ min: 1, max: 5_000, default: 50 }),
  /** The same after a second without a record; the first that comes is answered at once. */
  IDLE_FETCH_WAIT_MS_MAX: bounded({ min: 1, max: 5_000, default: 500 }),
  /** A fetch is answered when so much is there, or after FETCH_WAIT_MS_MAX. */
  FETCH_BYTES_MIN: bounded({ min: 1, max: 1_048_576, default: 16_384 }),
  FETCH_BYTES_MAX: bounded({ min: 65_536, max: 104_857_600, default: 16_777_216 }),
  PARTITION_FETCH_BYTES_MAX: bounded({ min: 65_536, max: 104_857_600, default: 1_048_576 }),
  DECOMPRESSED_BYTES_MAX: decompressedBytesMax,
  IDLE_CHECK_MS: bounded({ min: 100, max: 60_000, default: 1_000 }),
  FAILURES_MAX: bounded({ min: 1, max: 1_000, default: 20 }),
  FAILURE_DELAY_MS: bounded({ min: 1, max: 60_000, default: 50 }),
  FAILURE_DELAY_MS_MAX: bounded({ min: 1, max: 60_000, default: 2_000 }),
  STALLED_AFTER_MS: bounded({ min: 5_000, max: 3_600_000, default: 60_000 }),
};

type Configuration = {
  [Name in keyof typeof consumerGroupConfiguration]: z.infer<
    (typeof consumerGroupConfiguration)[Name]
  >;
};

export const consumerGroupLimits = (configuration: Configuration): ConsumerGroupLimits => ({
  sessionTimeoutMs: configuration.SESSION_TIMEOUT_MS,
  fetchWaitMsMax: configuration.FETCH_WAIT_MS_MAX,
  idleFetchWaitMsMax: configuration.IDLE_FETCH_WAIT_MS_MAX,
  fetchBytesMin: configuration.FETCH_BYTES_MIN,
  fetchBytesMax: configuration.FETCH_BYTES_MAX,
  partitionFetchBytesMax: configuration.PARTITION_FETCH_BYTES_MAX,
  decompressedBytesMax: configuration.DECOMPRESSED_BYTES_MAX,
  idleCheckMs: configuration.IDLE_CHECK_MS,
  failuresMax: configuration.FAILURES_MAX,
  failureDelayMs: configuration.FAILURE_DELAY_MS,
  failureDelayMsMax: configuration.FAILURE_DELAY_MS_MAX,
  stalledAfterMs: configuration.STALLED_AFTER_MS,
});
