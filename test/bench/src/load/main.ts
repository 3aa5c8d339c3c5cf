import type { FromLoad, ToLoad } from './load.ts';
import { requestsOf, send, type Request } from './requests.ts';

/** The process that posts: it is told what, says when it is ready, and then is told to go. */
const tell = (message: FromLoad) =>
  new Promise((resolve) => process.send?.(message, undefined, undefined, resolve));
let begin: (() => Promise<void>) | undefined;

process.on('message', (message: ToLoad) => {
  if (message.type === 'go') {
    void begin?.();
    return;
  }
  const { load } = message;
  const requests: readonly Request[] = requestsOf(load);
  begin = async () => {
    // Whoever disconnects before that loses what is on its way.
    await tell({ type: 'done', loaded: await send(requests, load) });
    process.disconnect();
  };
  void tell({ type: 'ready' });
});
