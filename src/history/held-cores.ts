import type { Environment } from '../domain/environment.ts';
import { countCpuList, expandCpuList } from '../parse/cpu-list.ts';

/** As many as a suite's `affinity` may name. */
const MOST_CORES = 1024;

/** The cores that the sides of an A/B are held on, in their order. `areRecorded`: else only their number is, and the first so many stand for them. */
export interface HeldCores {
  readonly cores: readonly (readonly number[])[];
  readonly areRecorded: boolean;
}

/** What of two nights' cores an A/B puts back: nothing where they had the same, `not` where nobody can. */
export type CoresPutBack = { readonly kind: 'alike' } | { readonly kind: 'held'; readonly held: HeldCores } | { readonly kind: 'not'; readonly reason: string };

function counted(nights: readonly Environment[]): CoresPutBack {
  const counts = nights.flatMap(({ cores }) => cores ?? []).map(Number);
  if (counts.length < nights.length || new Set(counts).size < 2) return { kind: 'alike' };
  return { kind: 'held', held: { cores: counts.map((count) => Array.from({ length: Math.min(count, MOST_CORES) }, (_, core) => core)), areRecorded: false } };
}

/** How to put back the cores of these nights, one for each side: by holding every side on those of its own, so that being held is no difference between them. */
export function coresPutBack(nights: readonly Environment[]): CoresPutBack {
  const lists = nights.flatMap(({ cpus }) => (cpus === undefined || (countCpuList(cpus) ?? Infinity) > MOST_CORES ? [] : cpus));
  if (lists.length < nights.length) return counted(nights);
  // A share of the processor's time that a container is given counts as fewer cores, whichever they are.
  const isShared = nights.some(({ cpus = '', cores }) => cores !== undefined && Number(cores) < expandCpuList(cpus).length);
  const [first] = nights;
  const areAlike = nights.every(({ cpus, cores }) => cpus === first?.cpus && cores === first?.cores);
  if (areAlike) return { kind: 'alike' };
  if (isShared || new Set(lists).size === 1) return { kind: 'not', reason: 'the nights had different shares of the processor (a quota of their container, or cores gone offline), which can\'t be put back by choosing cores' };
  return { kind: 'held', held: { cores: lists.map(expandCpuList), areRecorded: true } };
}
