import { randomUUID } from 'node:crypto';
import { isOpen, type ChangeEvent } from '../domain/event.ts';
import { readRunSpec } from '../farm/run-spec.ts';
import { LEAST_BUDGET_SECONDS } from '../history/confirm.ts';
import { confirmationNews, isNews } from '../history/night-news.ts';
import { notifyWebhooks } from '../history/notify.ts';
import { eventLine } from '../report/event-words.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { confirmAll, inOrderOfNeed } from './confirm-all.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { Progress } from './progress.ts';
import { storePath } from './run-ref.ts';
import { durationMs } from './since.ts';
import { printable } from './terminal.ts';
import { thisWorkplace } from './workplace.ts';

export interface ConfirmCommandOptions {
  readonly budget: string;
  readonly db?: string;
  readonly json?: true;
}

/** Tells the webhooks of each suite what A/Bs confirmed or refuted, as its newest run knew them. */
async function tellWebhooks(store: Store, done: readonly ChangeEvent[], signal: AbortSignal, progress: Progress): Promise<void> {
  for (const [suite, events] of Map.groupBy(done, (event) => event.suite)) {
    const run = store.listRuns().findLast((one) => one.suite === suite && (one.purpose ?? 'suite') === 'suite');
    const news = run === undefined ? null : confirmationNews(store, run.id, events);
    if (run === undefined || news === null || !isNews(news)) continue;
    const { suite: { watch: settings }, suiteFolder } = readRunSpec(store.runSuite(run.id), run.id);
    for (const warning of await notifyWebhooks({ news, delivery: randomUUID(), settings, suiteFolder, env: process.env, signal })) progress.note(warning, 'yellow');
  }
}

/** `paddock confirm`: an A/B of old and new software for suspected changes. */
export async function confirm(ids: readonly string[], options: ConfirmCommandOptions, signal: AbortSignal): Promise<ExitCode> {
  const budgetSeconds = durationMs(options.budget) / 1000;
  if (budgetSeconds < LEAST_BUDGET_SECONDS) throw new UsageError(`--budget ${options.budget} is too short for an A/B; give ${LEAST_BUDGET_SECONDS}s or more`);
  using store = openStore(storePath(options.db), { mode: 'write' });
  const chosen = ids.length === 0 ? inOrderOfNeed(store.events.list().filter((event) => isOpen(event) && event.confirmation === null)) : ids.map((id) => {
    const event = store.events.get(id);
    if (event === null) throw new UsageError(`${store.path} has no event "${id}"; \`paddock changes\` lists them`);
    return event;
  });
  const progress = new Progress(process.stderr);
  const done = await confirmAll(chosen, budgetSeconds, { store, workplace: thisWorkplace(), signal }, progress);
  await tellWebhooks(store, done, signal, progress);
  if (signal.aborted) {
    progress.note('interrupted; the change that was being confirmed is as it was before', 'bold');
    return EXIT.interrupted;
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify({ confirmed: done }, null, 2)}\n`);
  else process.stdout.write(done.length === 0 ? 'nothing was to be confirmed\n' : done.map((event) => `${printable(eventLine(event))}\n`).join(''));
  return EXIT.ok;
}
