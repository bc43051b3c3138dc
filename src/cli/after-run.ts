import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HISTORY_SCHEMA_VERSION, type ChangeEvent } from '../domain/event.ts';
import type { NightNews } from '../domain/night-news.ts';
import type { RunSpec } from '../farm/run-spec.ts';
import { isNews, nightNews } from '../history/night-news.ts';
import { appendStepSummary, notifyWebhooks } from '../history/notify.ts';
import { watchRun } from '../history/watch-run.ts';
import { eventCause, eventCertainty, eventChange, eventSubject } from '../report/event-words.ts';
import { nightMarkdown } from '../report/night-markdown.ts';
import type { Store } from '../store/store.ts';
import type { Progress } from './progress.ts';

/** What makes `paddock run` end with 1. */
export type RunFailOn = 'regressed' | 'confirmed';

/** One event as a line of progress. */
export function eventLine(event: ChangeEvent): string {
  return `${event.id} ${event.state} ${event.kind}: ${eventChange(event)} of ${eventSubject(event)}, since run ${event.firstBad} (${eventCertainty(event)}); ${eventCause(event)}`;
}

function tell(news: NightNews, progress: Progress): void {
  for (const event of [...news.noticed, ...news.reopened]) progress.note(eventLine(event), event.kind === 'improved' ? 'green' : 'yellow');
  for (const event of news.fixed) progress.note(`${event.id} fixed: ${eventChange(event)} of ${eventSubject(event)}`, 'green');
  for (const { device, reason } of news.incidents) progress.note(`device incident on ${device}: ${reason}`, 'yellow');
}

export interface AfterRunOptions {
  readonly store: Store;
  readonly runId: string;
  readonly spec: RunSpec;
  /** The run's report folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What follows a finished run: its series are judged, and who asked for it is told. Whatever fails to be told, the run stands. */
export async function afterRun({ store, runId, spec, folder, signal, progress }: AfterRunOptions): Promise<NightNews> {
  const settings = spec.suite.watch;
  const news = nightNews(store, watchRun({ store, runId, settings, now: new Date() }));
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
