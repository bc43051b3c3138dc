import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HISTORY_SCHEMA_VERSION, isOpen } from '../domain/event.ts';
import type { NightNews } from '../domain/night-news.ts';
import type { RunSpec } from '../farm/run-spec.ts';
import { foundNews, isNews } from '../history/night-news.ts';
import { appendStepSummary, notifyWebhooks } from '../history/notify.ts';
import { eventChange, eventLine, eventSubject } from '../report/event-words.ts';
import { nightMarkdown } from '../report/night-markdown.ts';
import type { Store } from '../store/store.ts';
import type { Progress } from './progress.ts';

const STEP_SUMMARY = 'step summary';
const webhookName = (index: number): string => `webhook ${index}`;

function show(news: NightNews, progress: Progress): void {
  for (const event of [...news.noticed.filter(isOpen), ...news.reopened, ...news.confirmed]) progress.note(eventLine(event), event.kind === 'improved' ? 'green' : 'yellow');
  for (const event of [...news.noticed.filter((one) => !isOpen(one)), ...news.refuted]) progress.note(eventLine(event), 'dim');
  for (const event of news.fixed) progress.note(`${event.id} fixed: ${eventChange(event)} of ${eventSubject(event)}`, 'green');
  for (const { device, reason } of news.incidents) progress.note(`device incident on ${device}: ${reason}`, 'yellow');
}

/** changes.md and changes.json. A warning when they can not be written. */
async function writeChanges(folder: string, news: NightNews, markdown: string): Promise<string | null> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'changes.md'), markdown);
    await writeFile(join(folder, 'changes.json'), `${JSON.stringify({ schemaVersion: HISTORY_SCHEMA_VERSION, ...news }, null, 2)}\n`);
    return null;
  } catch (error) {
    return `the changes can not be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export interface TellNewsOptions {
  readonly store: Store;
  /** A run that owes news, and whose series are judged. */
  readonly runId: string;
  readonly spec: RunSpec;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Tells what a run owes: on the terminal, in its folder, in the step summary and to its webhooks. Each of the last two is marked as told when it is, so that who makes up for a
 * process that ended here tells the others only. Interrupted, the rest stays owed, and the next `paddock run` on the store tells it. Whatever can't be told is a warning: the run stands.
 */
export async function tellNews({ store, runId, spec: { suite: { watch: settings }, suiteFolder }, signal, progress }: TellNewsOptions): Promise<NightNews> {
  const owed = store.owedNews.find(runId);
  if (owed === null || owed.findings === null) throw new Error(`run ${runId} has no news to tell`);
  const news = foundNews(store, runId, owed.findings, owed.tried);
  const markdown = nightMarkdown(news);
  const warn = (warning: string | null): void => { if (warning !== null) progress.note(warning, 'yellow'); };
  const left = new Set([STEP_SUMMARY, ...(isNews(news) ? settings.notify.map((_, index) => webhookName(index)) : [])].filter((name) => !owed.told.includes(name)));
  const end = (name: string): void => {
    left.delete(name);
    store.owedNews.update(runId, (now) => ({ ...now, told: [...now.told, name] }));
  };
  show(news, progress);
  warn(await writeChanges(owed.folder, news, markdown));
  if (left.has(STEP_SUMMARY)) {
    warn(await appendStepSummary(markdown, process.env));
    end(STEP_SUMMARY);
  }
  const warnings = await notifyWebhooks({ news, delivery: owed.delivery, isLeft: (index) => left.has(webhookName(index)), onEnd: (index) => { end(webhookName(index)); }, settings, suiteFolder, env: process.env, signal });
  for (const warning of warnings) warn(warning);
  if (left.size === 0) store.owedNews.settle(runId);
  else progress.note('interrupted; the next `paddock run` on this store, or its --resume, tells the rest', 'bold');
  return news;
}
