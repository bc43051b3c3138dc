import { isOpen } from '../domain/event.ts';
import type { NightNews } from '../domain/night-news.ts';
import type { Store } from '../store/store.ts';
import type { NightReport } from './watch-run.ts';

/** A night's report with what is open, each event as it stands now. */
export function nightNews(store: Store, report: NightReport): NightNews {
  const run = store.run(report.runId);
  const all = store.events.list();
  const now = new Map(all.map((event) => [event.id, event]));
  return {
    runId: report.runId, suite: run?.suite ?? '', startedAt: run?.startedAt ?? '',
    noticed: report.noticed.map((event) => now.get(event.id) ?? event), fixed: report.fixed, reopened: report.reopened, withdrawn: report.withdrawn,
    open: all.filter(isOpen), incidents: store.events.incidentNights().filter((night) => night.runId === report.runId).map(({ device, reason }) => ({ device, reason })),
    judged: report.judged, notJudged: report.notJudged,
  };
}

/** Whether there is anything to tell. */
export function isNews(news: NightNews): boolean {
  return news.noticed.length + news.fixed.length + news.reopened.length + news.withdrawn.length + news.incidents.length > 0;
}
