import type { RunInfo } from '../domain/result.ts';
import type { VerdictStatus } from '../domain/verdict.ts';
import { NUMBER_FORMAT } from './number.ts';
import type { Overview } from './overview.ts';
import { shortened } from './plain-text.ts';

/** One or two plain sentences: what came out, and how far to trust it. */
export function headline(run: RunInfo, overview: Overview): string {
  return [outcome(overview), caution(run, overview), progress(run)].filter((sentence) => sentence !== '').join(' ');
}

function outcome({ total, counts }: Overview): string {
  if (total === 0) return 'This run has no results yet.';
  const count = (n: number): string => NUMBER_FORMAT.count(n);
  if (counts.ok === total) return total === 1 ? 'The one case passed every check.' : `All ${count(total)} cases passed every check: their numbers count.`;
  const phrases: Readonly<Record<Exclude<VerdictStatus, 'ok'>, string>> = { invalid: 'ran but can’t be trusted', failed: 'failed', unsupported: counts.unsupported === 1 ? 'is unsupported' : 'are unsupported', skipped: counts.skipped === 1 ? 'was skipped' : 'were skipped' };
  const others = (['invalid', 'failed', 'unsupported', 'skipped'] as const).filter((status) => counts[status] > 0).map((status) => `${count(counts[status])} ${phrases[status]}`);
  const rest = others.length === 1 ? (others[0] ?? '') : `${others.slice(0, -1).join(', ')} and ${others.at(-1) ?? ''}`;
  const trusted = counts.ok === 0 ? `None of the ${count(total)} cases gave numbers that count` : `${count(counts.ok)} of ${count(total)} cases gave numbers that count`;
  return `${trusted}; ${rest}.`;
}

function caution(run: RunInfo, { warnings, counts }: Overview): string {
  if (counts.ok + counts.invalid === 0) return '';
  const messages = new Map<string, string>();
  for (const group of warnings) messages.set(group.code, group.messages[0]?.message ?? group.code);
  for (const warning of run.warnings) messages.set(warning.code, warning.message);
  const kinds = messages.size;
  if (kinds === 0) return 'Nothing disturbed the measurement.';
  const [only = ''] = messages.values();
  return kinds === 1 ? `One warning: ${shortened(only, 200).replace(/\.?$/, '.')}` : `${NUMBER_FORMAT.count(kinds)} kinds of warnings say how far to trust them.`;
}

function progress(run: RunInfo): string {
  switch (run.status) {
    case 'done': return '';
    case 'interrupted': return 'The run was interrupted, so this is a part of it.';
    case 'running': return 'The run is still going, so this is a part of it.';
  }
}
