import { afterEach, expect, it, vi } from 'vitest';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import './kafkajs-timers.ts';

afterEach(() => vi.restoreAllMocks());

it('has kafkajs ask for no timer in the past, of which Node 24 warns', () => {
  const timer = vi.spyOn(globalThis, 'setTimeout');
  const logger = { namespace: () => ({ debug: () => undefined }) };
  const queue = new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1_000, logger });
  queue.scheduleCheckPendingRequests();
  clearTimeout(queue.throttleCheckTimeoutId ?? undefined);
  const delays = timer.mock.calls.map(([, delay]) => delay);
  expect(delays).toHaveLength(1);
  for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(0);
});
