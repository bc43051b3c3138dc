import type { Placement } from '../domain/result.ts';
import type { Reason } from '../domain/verdict.ts';
import type { HarnessEvent } from '../harness/protocol.ts';
import type { Delegate } from '../runtime/runtime.ts';

type PlacementEvent = Extract<HarnessEvent, { event: 'placement' }>;

/**
 * Below this share elsewhere, a case still counts as the delegate's, with a warning: shape arithmetic stays on the CPU with every GPU provider
 * (3 of 231 nodes of PP-OCR on WebGPU). A choice, not a measurement: a number of which a tenth came from elsewhere says little about the delegate.
 */
const MAX_STRAY_SHARE = 0.1;

/** Sums the profiled nodes by execution provider. */
export function summarizePlacement(event: PlacementEvent, delegate: Delegate): Placement {
  const byProvider = new Map<string, { nodes: number; timeNs: number }>();
  const strays = new Map<string, { operator: string; provider: string; nodes: number }>();
  for (const node of event.nodes) {
    const sum = byProvider.get(node.provider) ?? { nodes: 0, timeNs: 0 };
    sum.nodes++;
    sum.timeNs += node.timeNs;
    byProvider.set(node.provider, sum);
    if (delegate.providers.includes(node.provider)) continue;
    const key = `${node.operator}\0${node.provider}`;
    const stray = strays.get(key) ?? { operator: node.operator, provider: node.provider, nodes: 0 };
    stray.nodes++;
    strays.set(key, stray);
  }
  const total = [...byProvider.values()].reduce((sum, { timeNs }) => sum + timeNs, 0);
  return {
    method: event.method,
    providers: [...byProvider].map(([provider, sum]) => ({ provider, ...sum, timeShare: total === 0 ? 0 : sum.timeNs / total })).sort((a, b) => b.timeNs - a.timeNs),
    strayOperators: [...strays.values()].sort((a, b) => b.nodes - a.nodes),
  };
}

export type PlacementJudgement = { readonly ran: 'as-asked' | 'elsewhere' | 'unproven'; readonly warnings: readonly Reason[]; readonly reason: Reason | null };

/**
 * Did the delegate that was asked for run the graph? CPU-side delegates are judged by time; for a GPU the profile holds the time to submit, not
 * to compute, so nodes are counted instead. Of an interface that chooses the device itself it proves only that its nodes went there, and as many of
 * the graph are in one, no share of them either.
 */
export function judgePlacement(placement: Placement, delegate: Delegate): PlacementJudgement {
  const nodes = placement.providers.reduce((sum, provider) => sum + provider.nodes, 0);
  const elsewhere = placement.providers.filter((provider) => !delegate.providers.includes(provider.provider));
  const strayNodes = elsewhere.reduce((sum, provider) => sum + provider.nodes, 0);
  const strayTime = elsewhere.reduce((sum, provider) => sum + provider.timeShare, 0);
  if (nodes === 0) return { ran: 'elsewhere', warnings: [], reason: { code: 'fallback', message: `the profile shows no node at all; nothing proves that ${delegate.name} ran` } };
  if (delegate.isOpaque === true && strayNodes < nodes) return judgeOpaque(placement, delegate, strayNodes);
  if (strayNodes === 0) return { ran: 'as-asked', warnings: [], reason: null };
  // A profile in whole µs can hold no time at all: then, too, only nodes can be counted.
  const by = delegate.kind === 'gpu' || placement.providers.every((provider) => provider.timeNs === 0) ? 'nodes' : 'time';
  const share = by === 'nodes' ? strayNodes / nodes : strayTime;
  const message = `${strayNodes} of ${nodes} nodes (${(100 * share).toFixed(1)} % of the ${by}) did not run on ${delegate.name}: ${strayWords(placement)}`;
  return share > MAX_STRAY_SHARE
    ? { ran: 'elsewhere', warnings: [], reason: { code: 'fallback', message } }
    : { ran: 'as-asked', warnings: [{ code: 'partial-fallback', message }], reason: null };
}

function strayWords({ strayOperators }: Placement): string {
  return strayOperators.slice(0, 5).map((stray) => `${stray.nodes} ${stray.operator} on ${stray.provider.replace('ExecutionProvider', '')}`).join(', ');
}

function judgeOpaque(placement: Placement, delegate: Delegate, strayNodes: number): PlacementJudgement {
  return {
    ran: 'unproven',
    warnings: strayNodes === 0 ? [] : [{ code: 'partial-fallback', message: `${strayNodes} ${strayNodes === 1 ? 'node' : 'nodes'} did not run on ${delegate.name}: ${strayWords(placement)}; how many of the graph's did is not told, as it makes one of many` }],
    reason: { code: 'device-unproven', message: `${delegate.name} asks for the ${delegate.kind.toUpperCase()}, and nothing tells whether the ${delegate.kind.toUpperCase()} computed: no figure of it` },
  };
}
