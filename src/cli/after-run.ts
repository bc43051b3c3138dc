import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HISTORY_SCHEMA_VERSION, isOpen, type ChangeEvent } from '../domain/event.ts';
import type { NightNews } from '../domain/night-news.ts';
import type { RunSpec } from '../farm/run-spec.ts';
import type { Workplace } from '../farm/workplace.ts';
import { keepSoftware, type BroughtHarnesses } from '../history/keep-software.ts';
import { isNews, nightNews } from '../history/night-news.ts';
import { appendStepSummary, notifyWebhooks } from '../history/notify.ts';
import { watchRun } from '../history/watch-run.ts';
import { eventChange, eventLine, eventSubject } from '../report/event-words.ts';
import { nightMarkdown } from '../report/night-markdown.ts';
import { KeptFiles } from '../store/kept-files.ts';
import type { Store } from '../store/store.ts';
import { confirmAll, inOrderOfNeed } from './confirm-all.ts';
import type { Progress } from './progress.ts';

/** What makes `paddock run` end with 1. */
export type RunFailOn = 'regressed' | 'confirmed';

function tell(news: NightNews, progress: Progress): void {
  for (const event of [...news.noticed.filter(isOpen), ...news.reopened, ...news.confirmed]) progress.note(eventLine(event), event.kind === 'improved' ? 'green' : 'yellow');
  for (const event of [...news.noticed.filter((one) => !isOpen(one)), ...news.refuted]) progress.note(eventLine(event), 'dim');
  for (const event of news.fixed) progress.note(`${event.id} fixed: ${eventChange(event)} of ${eventSubject(event)}`, 'green');
  for (const { device, reason } of news.incidents) progress.note(`device incident on ${device}: ${reason}`, 'yellow');
}

export interface AfterRunOptions {
  readonly store: Store;
  readonly runId: string;
  readonly spec: RunSpec;
  /** The run's report folder. */
  readonly folder: string;
  readonly workplace: Workplace;
  readonly brought: BroughtHarnesses;
  /** Time for A/Bs of what was found; null: none. */
  readonly confirmSeconds: number | null;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What follows a finished run: its series are judged, and who asked for it is told. Whatever fails to be told, the run stands. */
export async function afterRun({ store, runId, spec, folder, workplace, brought, confirmSeconds, signal, progress }: AfterRunOptions): Promise<NightNews> {
  const settings = spec.suite.watch;
  const report = watchRun({ store, runId, settings, now: new Date() });
  if (settings.keep) for (const fault of await keepSoftware(store, new KeptFiles(store.path), runId, brought)) progress.note(`not kept for a later A/B: ${fault}`, 'yellow');
  let settled: readonly ChangeEvent[] = [];
  if (confirmSeconds !== null) {
    const open = store.events.list().filter((event) => isOpen(event) && event.confirmation === null);
    settled = await confirmAll(inOrderOfNeed(open), confirmSeconds, { store, workplace, signal }, progress);
  }
  const news = nightNews(store, report, settled);
  tell(news, progress);
  await mkdir(folder, { recursive: true });
  const markdown = nightMarkdown(news);
  await writeFile(join(folder, 'changes.md'), markdown);
  await writeFile(join(folder, 'changes.json'), `${JSON.stringify({ schemaVersion: HISTORY_SCHEMA_VERSION, ...news }, null, 2)}\n`);
  const warnings = [await appendStepSummary(markdown, process.env), ...(isNews(news) ? await notifyWebhooks({ news, settings, suiteFolder: spec.suiteFolder, env: process.env, signal }) : [])];
  for (const warning of warnings) if (warning !== null) progress.note(warning, 'yellow');
  return news;
}

/** Whether an open event is of the kind that fails a run. */
export function failsOn(news: NightNews, failOn: RunFailOn | undefined): boolean {
  if (failOn === undefined) return false;
  return news.open.some((event) => event.kind !== 'improved' && (failOn === 'regressed' || event.state === 'confirmed' || event.kind === 'broke'));
}
