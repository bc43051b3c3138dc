import type { NodePlacement } from './model.ts';

interface NodeEvent {
  readonly name: string;
  readonly operator: string;
  readonly provider: string;
  readonly thread: number;
  readonly startUs: number;
  readonly durationUs: number;
}

/** The kernel events of a profile: category `Node`, name `…_kernel_time`. */
export function nodeEvents(profile: unknown): NodeEvent[] {
  if (!Array.isArray(profile)) return [];
  return profile.flatMap((event) => {
    const { cat, name, tid, ts, dur, args } = event as Record<string, unknown>;
    if (cat !== 'Node' || typeof name !== 'string' || !name.endsWith('_kernel_time') || typeof args !== 'object' || args === null) return [];
    const { provider, op_name: operator } = args as Record<string, unknown>;
    if (typeof provider !== 'string' || typeof operator !== 'string') return [];
    return [{
      name: name.slice(0, -'_kernel_time'.length), operator, provider,
      thread: Number(tid), startUs: Number(ts), durationUs: Number(dur),
    }];
  });
}

/**
 * One row per node and provider. A node's time is its own: a control-flow node's event spans those of its subgraph, which are taken off, else shares would
 * count them twice. Times are whole µs, cut off, so an event is inside another when it starts before the other's end; one that comes later in the file is the outer one.
 */
export function aggregate(events: readonly NodeEvent[]): NodePlacement[] {
  const rows = new Map<string, { name: string; operator: string; provider: string; calls: number; timeNs: number }>();
  const open: { endUs: number; row: { timeNs: number } }[] = [];
  let thread = NaN;
  for (const event of events.toReversed().sort((a, b) => a.thread - b.thread || a.startUs - b.startUs || b.durationUs - a.durationUs)) {
    if (event.thread !== thread) open.length = 0;
    thread = event.thread;
    while (open.length > 0 && (open.at(-1)?.endUs ?? 0) <= event.startUs) open.pop();
    const key = JSON.stringify([event.name, event.operator, event.provider]);
    const row = rows.get(key) ?? { name: event.name, operator: event.operator, provider: event.provider, calls: 0, timeNs: 0 };
    rows.set(key, row);
    row.calls++;
    row.timeNs += event.durationUs * 1000;
    const around = open.at(-1);
    if (around !== undefined) around.row.timeNs -= event.durationUs * 1000;
    open.push({ endUs: event.startUs + event.durationUs, row });
  }
  return [...rows.values()].map((row) => ({ ...row, timeNs: Math.max(0, row.timeNs) }));
}
