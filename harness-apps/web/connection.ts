import { CLOSE, SOCKET_PATH, SUBPROTOCOL, TOKEN_PREFIX } from '../../src/transport/page-socket.ts';
import { closeReason } from './close-reason.ts';
import { readMemory } from './memory.ts';
import type { Answers, FromWorker, ToWorker } from './messages.ts';
import { PageWatch } from './page-watch.ts';
import type { View } from './view.ts';
import { askWindow } from './window-facts.ts';

/** Connects a harness in a worker with the orchestrator that gave the token; ends the worker with the connection. */
export function connect(token: string, view: View): void {
  const socket = new WebSocket(`ws://${location.host}${SOCKET_PATH}`, [SUBPROTOCOL, `${TOKEN_PREFIX}${token}`]);
  const worker = new Worker('worker.js', { name: 'harness' });
  const watch = new PageWatch();
  let facts: Answers['facts'] | null = null;
  const answers: { readonly [What in keyof Answers]: () => Promise<Answers[What]> } = {
    memory: readMemory,
    // Asked once: it starts the GPU and, where there is one, the NPU.
    facts: async () => facts ??= await askWindow(),
    disturbance: () => Promise.resolve(watch.take()),
  };
  const toWorker = (message: ToWorker): void => { worker.postMessage(message); };

  socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
    for (const line of data.split('\n')) if (line.trim() !== '') toWorker({ kind: 'line', line });
  });
  socket.addEventListener('open', () => { view.show({ doing: 'Connected', facts: {} }); });
  socket.addEventListener('close', ({ code, reason }) => {
    worker.terminate();
    if (code === CLOSE.refused) view.end('refused', reason);
    else if (code === CLOSE.done || code === CLOSE.inputClosed || code === CLOSE.killed) view.end('done', '');
    else if (code === CLOSE.frozen) view.end('cut', 'the browser froze this page');
    else if (code === CLOSE.crashed) view.end('failed', reason);
    else view.end('cut', `code ${code}${reason === '' ? '' : `: ${reason}`}`);
  });

  // From the next moment on nothing here runs, and the worker stands still: whoever waits would take it for a hang.
  document.addEventListener('freeze', () => { socket.close(CLOSE.frozen); });

  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    switch (data.kind) {
      case 'event':
        socket.send(`${data.line}\n`);
        if (data.last) socket.close(CLOSE.done);
        return;
      case 'log':
        // What a line of the protocol starts with would be taken for one.
        socket.send(`${data.line.replace(/^\{/gm, ' {')}\n`);
        return;
      case 'ask':
        void answers[data.what]().then((answer) => { toWorker({ kind: 'answer', answer }); });
        return;
      case 'activity':
        view.show(data.activity);
    }
  });
  worker.addEventListener('error', (event) => {
    socket.close(CLOSE.crashed, closeReason(event.message === '' ? 'the worker of the harness could not be started' : event.message));
  });
}
