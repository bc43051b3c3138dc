import { isOpen, type ChangeEvent, type ConfirmationOutcome } from '../domain/event.ts';
import type { NightNews } from '../domain/night-news.ts';
import type { NightFindings } from '../domain/owed-news.ts';
import type { Store } from '../store/store.ts';
import type { NightReport } from './watch-run.ts';

/** A night's report with what A/Bs made after it, and with what is open, each event as it stands now. `settled`: the events that an A/B was made of. */
export function nightNews(store: Store, report: NightReport, settled: readonly ChangeEvent[]): NightNews {
  const run = store.run(report.runId);
  const all = store.events.list();
  const now = new Map(all.map((event) => [event.id, event]));
  const asNow = (events: readonly ChangeEvent[]): readonly ChangeEvent[] => events.map((event) => now.get(event.id) ?? event);
  const isNew = new Set(report.noticed.map(({ id }) => id));
  const found = (outcome: ConfirmationOutcome): readonly ChangeEvent[] => asNow(settled).filter((event) => event.confirmation?.outcome === outcome && !isNew.has(event.id));
  return {
    runId: report.runId, suite: run?.suite ?? '', startedAt: run?.startedAt ?? '',
    noticed: asNow(report.noticed), fixed: report.fixed, confirmed: found('confirmed'), refuted: found('refuted'), reopened: asNow(report.reopened).filter(isOpen), withdrawn: report.withdrawn,
    open: all.filter(isOpen), incidents: store.events.incidentNights().filter((night) => night.runId === report.runId).map(({ device, reason }) => ({ device, reason })),
    judged: report.judged, notJudged: report.notJudged,
  };
}

/** The same of a night that was judged before, maybe by a process that is gone, from the ids of its events. `tried`: those that an A/B was made of, or begun. */
export function foundNews(store: Store, runId: string, findings: NightFindings, tried: readonly string[]): NightNews {
  const { judged, notJudged } = findings;
  const events = (ids: readonly string[]): readonly ChangeEvent[] => ids.flatMap((id) => store.events.get(id) ?? []);
  const [noticed, fixed, reopened, withdrawn] = [events(findings.noticed), events(findings.fixed), events(findings.reopened), events(findings.withdrawn)];
  return nightNews(store, { runId, noticed, fixed, reopened, withdrawn, judged, notJudged }, events(tried));
}

/** What A/Bs said, without a night: of the suite whose newest run is `runId`. */
export function confirmationNews(store: Store, runId: string, settled: readonly ChangeEvent[]): NightNews {
  return { ...nightNews(store, { runId, noticed: [], fixed: [], reopened: [], withdrawn: [], judged: 0, notJudged: 0 }, settled), incidents: [] };
}

/** Whether there is anything to tell. A change that the suite expects, or that an A/B refuted in the night that noticed it, is none by itself. */
export function isNews(news: NightNews): boolean {
  return news.noticed.some(isOpen) || news.fixed.length + news.confirmed.length + news.refuted.length + news.reopened.length + news.withdrawn.length + news.incidents.length > 0;
}
