import { isOpen, type ChangeEvent } from '../domain/event.ts';
import type { NightNews } from '../domain/night-news.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { eventCause, eventCertainty, eventChange, eventSubject } from './event-words.ts';
import { NUMBER_FORMAT } from './number.ts';
import { shortened } from './plain-text.ts';

/** Rows of one table; more is counted. */
const MAX_ROWS = 50;
const CELL_CHARACTERS = 300;

function cell(text: string): string {
  return escapeMarkdown(shortened(text, CELL_CHARACTERS));
}

function tableOf(title: string, events: readonly ChangeEvent[]): string {
  if (events.length === 0) return '';
  const rows = events.slice(0, MAX_ROWS).map((event) => `| ${cell(event.id)} | **${event.kind}** ${cell(eventChange(event))} | ${cell(eventSubject(event))} | ${cell(event.firstBad)} | ${cell(eventCertainty(event))} | ${cell(eventCause(event))} |\n`);
  const more = events.length > MAX_ROWS ? `\n${NUMBER_FORMAT.count(events.length - MAX_ROWS)} more are left out here; \`paddock changes\` lists all of them.\n` : '';
  return `### ${title}\n\n| event | change | where | since run | how sure | what changed there |\n| --- | --- | --- | --- | --- | --- |\n${rows.join('')}${more}\n`;
}

/** changes.md: what the night brought and what is still open, fit for a pull-request comment or a step summary. */
export function nightMarkdown(news: NightNews): string {
  const { noticed, fixed, confirmed, refuted, reopened, withdrawn, open, incidents, judged, notJudged } = news;
  const fresh = [...noticed.filter(isOpen), ...reopened];
  const settled = noticed.filter((event) => !isOpen(event));
  const told = new Set([...fresh, ...confirmed].map(({ id }) => id));
  const older = open.filter(({ id }) => !told.has(id));
  const head = fresh.length === 0 ? 'No new change' : `${fresh.length} new ${fresh.length === 1 ? 'change' : 'changes'}`;
  return [
    `## ${cell(news.suite)}: changes of this night\n\n${head} in ${NUMBER_FORMAT.count(judged)} series${notJudged > 0 ? ` (${NUMBER_FORMAT.count(notJudged)} can't be judged: fewer than 20 nights with a value)` : ''}; ${open.length} open, ${fixed.length} fixed. Run ${cell(news.runId)}.\n\n`,
    ...incidents.map((incident) => `**Device incident** on ${cell(incident.device)}: ${cell(incident.reason)}\n\n`),
    tableOf('New', fresh), tableOf('Confirmed by A/B', confirmed), tableOf('Refuted by A/B', refuted), tableOf('Expected, or refuted at once', settled), tableOf('Fixed', fixed), tableOf('Taken back by later nights', withdrawn), tableOf('Open from before', older),
  ].join('');
}
