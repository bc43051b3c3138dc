/**
 * The harness: protocol v1 in a worker, so that nothing of the page's window runs on its thread. Its window ends it with everything it started when the connection closes.
 */
import manifest from '../../package.json' with { type: 'json' };
import { answerLine } from './answer-line.ts';
import { listenToConsole } from './console.ts';
import type { Answers, FromWorker, ToWorker } from './messages.ts';
import { RUNTIMES } from './runtimes/registry.ts';
import { Session } from './session.ts';
import { countThreads } from './threads.ts';

const tell = (message: FromWorker): void => { postMessage(message); };

countThreads();
listenToConsole((line) => { tell({ kind: 'log', line }); });

let take: ((answer: Answers[keyof Answers]) => void) | null = null;

function ask<What extends keyof Answers>(what: What): Promise<Answers[What]> {
  return new Promise((resolve) => {
    take = (answer) => { resolve(answer as Answers[What]); };
    tell({ kind: 'ask', what });
  });
}

const session = new Session({
  harness: { name: 'paddock-web', version: manifest.version },
  runtimes: RUNTIMES,
  ask,
  show: (activity) => { tell({ kind: 'activity', activity }); },
});


let queue = Promise.resolve();
onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'answer') {
    take?.(data.answer);
    take = null;
    return;
  }
  const { line } = data;
  queue = queue.then(async () => { tell({ kind: 'event', ...(await answerLine(session, line)) }); });
};
