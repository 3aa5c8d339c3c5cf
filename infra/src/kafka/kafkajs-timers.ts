import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/** As kafkajs 2.2.4 has it. */
const checkPendingEveryMs = 10;

/**
 * kafkajs 2.2.4 asks for a timer in the past when a broker has never throttled it, which means at once; Node 24
 * writes a warning of it into the log of every process. Here the same is asked for without it. Import it wherever
 * a client is made.
 */
RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
  if (this.throttleCheckTimeoutId) return;
  const throttledMs = this.throttledUntil - Date.now();
  const otherwiseMs = this.pending.length > 0 ? checkPendingEveryMs : 0;
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : otherwiseMs,
  );
};
