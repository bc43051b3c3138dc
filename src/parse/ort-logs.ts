import { dumpLines, type DumpOutcome } from './dump.ts';
import { parseWholeNumber } from './whole-number.ts';

export interface ProviderNodes { readonly provider: string; readonly nodes: number }
export interface OrtSession {
  readonly placement: readonly ProviderNodes[];
}
export interface OrtLog {
  /** One for each `Node placements` block; verbose logs have them. A fused subgraph counts as one node. */
  readonly sessions: readonly OrtSession[];
  /** ONNX Runtime warned that nodes were not given to the preferred providers. It says neither which nor how many. */
  readonly partial: boolean;
  /** Messages of level error and fatal, in order, at most MAX_ERRORS. */
  readonly errors: readonly string[];
}

const MAX_ERRORS = 20;

/** What session_state.cc (VerifyEachNodeIsAssignedToAnEp) writes. */
const START = 'Node placements';
const PLACED = /(?:Node\(s\)|All nodes) placed on \[(\w{1,80})\]\. Number of nodes: (\d{1,12})\s*$/;
const PARTIAL = 'Some nodes were not assigned to the preferred execution providers';
const LOG_LINE = /\[([VIWEF]):onnxruntime:/;

/** Reads what a log of ONNX Runtime says about placement; lines between, and logcat's prefix, are skipped. */
export function parseOrtLogs(text: string): DumpOutcome<OrtLog> {
  const sessions: { placement: ProviderNodes[] }[] = [];
  const errors: string[] = [];
  let partial = false;
  let logLines = 0;
  for (const line of dumpLines(text)) {
    const level = LOG_LINE.exec(line)?.[1];
    if (level !== undefined) logLines += 1;
    if (line.trimEnd().endsWith(START)) sessions.push({ placement: [] });
    if (line.includes(PARTIAL)) partial = true;
    if ((level === 'E' || level === 'F') && errors.length < MAX_ERRORS) errors.push(line.slice(line.indexOf(`[${level}:onnxruntime:`), 500).trim());
    const [, provider, count = ''] = PLACED.exec(line) ?? [];
    const nodes = parseWholeNumber(count);
    if (provider === undefined || nodes === null) continue;
    const open = sessions.at(-1);
    if (open === undefined || open.placement.some((placed) => placed.provider === provider)) sessions.push({ placement: [{ provider, nodes }] });
    else open.placement.push({ provider, nodes });
  }
  const placed = sessions.filter((session) => session.placement.length > 0);
  if (logLines === 0 && placed.length === 0) return { ok: false, reason: 'it has no line of an ONNX Runtime log (`[W:onnxruntime:…` or `Node(s) placed on […]`)' };
  const warnings: string[] = [];
  if (placed.length === 0) warnings.push('it has no node counts: a log of level verbose has them');
  if (partial) warnings.push('some nodes were not assigned to the preferred provider');
  return { ok: true, value: { sessions: placed, partial, errors }, warnings };
}
