import type { LatestValues } from '../../src/site/data.ts';
import type { Catalogue } from './catalogue.ts';
import { piece, unpackFloats } from './load.ts';

/** The newest valid value of a series. */
export interface LatestValue {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly unit: string;
  readonly run: number;
}

/** Newest valid values: by metric's name, then case id. */
export type Latest = ReadonlyMap<string, ReadonlyMap<number, LatestValue>>;

let known: Promise<Latest> | null = null;

export function latest(catalogue: Catalogue): Promise<Latest> {
  known ??= piece('latest').then((data) => (data === null ? new Map() : unpacked(catalogue, data)));
  return known;
}

function unpacked(catalogue: Catalogue, { caseId, metric, unit, run, values }: LatestValues): Latest {
  const floats = unpackFloats(values);
  const number = (i: number): number | null => {
    const value = floats[i];
    return value === undefined || Number.isNaN(value) ? null : value;
  };
  const table = new Map<string, Map<number, LatestValue>>();
  caseId.forEach((id, i) => {
    const name = catalogue.overview.metrics[metric[i] ?? -1]?.name;
    const value = number(3 * i);
    if (name === undefined || value === null) return;
    const column = table.get(name) ?? new Map<number, LatestValue>();
    table.set(name, column.set(id, { value, low: number(3 * i + 1), high: number(3 * i + 2), unit: unit[i] ?? '', run: run[i] ?? -1 }));
  });
  return table;
}
