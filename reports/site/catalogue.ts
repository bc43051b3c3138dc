import type { Case } from '../../src/domain/case.ts';
import type { ChangeEvent } from '../../src/domain/event.ts';
import type { DeviceFacts } from '../../src/domain/result.ts';
import { caseLabel } from '../../src/report/case-label.ts';
import { plainText } from '../../src/report/plain-text.ts';
import type { SiteMetric, SiteNight, SiteOverview } from '../../src/site/data.ts';

export interface KnownCase {
  readonly id: number;
  readonly key: string;
  readonly case: Case;
  readonly lastRun: number;
  /** The device that its last numbers are from. */
  readonly unit: string;
  /** Everything but the model. */
  readonly label: string;
  /** The same without the device. */
  readonly setup: string;
}

export type Hold = SiteOverview['setAside'][number];
export type Hardware = Pick<DeviceFacts, 'emulated' | 'virtualization'>;

/** Names of everything, from the overview. */
export class Catalogue {
  readonly overview: SiteOverview;
  readonly cases: readonly KnownCase[];
  readonly #byId: ReadonlyMap<number, KnownCase>;
  readonly #byKey: ReadonlyMap<string, KnownCase>;
  readonly #nights: ReadonlyMap<number, SiteNight>;
  readonly #nightsById: ReadonlyMap<string, SiteNight>;
  readonly #metrics: ReadonlyMap<string, SiteMetric>;
  readonly #devices: ReadonlyMap<string, DeviceFacts>;
  #units: ReadonlyMap<string, readonly KnownCase[]> | null = null;

  constructor(overview: SiteOverview) {
    this.overview = overview;
    const { id, key, lastRun, unit, fields, threads, batch } = overview.cases;
    const text = (column: readonly number[], i: number): string => overview.texts[column[i] ?? -1] ?? '';
    this.cases = id.map((one, i): KnownCase => {
      const known: Case = {
        model: text(fields.model, i), variant: text(fields.variant, i), runtime: text(fields.runtime, i), delegate: text(fields.delegate, i), workload: text(fields.workload, i),
        scenario: text(fields.scenario, i) as Case['scenario'], device: text(fields.device, i), options: { threads: threads[i] ?? 1, batch: batch[i] ?? 1 },
      };
      return { id: one, key: key[i] ?? '', case: known, lastRun: lastRun[i] ?? -1, unit: text(unit, i), label: caseLabel(known), setup: caseLabel(known).slice(0, -` · ${known.device}`.length) };
    });
    this.#byId = new Map(this.cases.map((one) => [one.id, one]));
    this.#byKey = new Map(this.cases.map((one) => [plainText(one.key), one]));
    this.#nights = new Map(overview.nights.map((night) => [night.seq, night]));
    this.#nightsById = new Map(overview.nights.map((night) => [night.id, night]));
    this.#metrics = new Map(overview.metrics.map((metric) => [metric.name, metric]));
    this.#devices = new Map(overview.devices.map((device) => [device.id, device]));
  }

  caseOf(id: number): KnownCase | null {
    return this.#byId.get(id) ?? null;
  }

  caseByKey(key: string | null): KnownCase | null {
    return key === null ? null : (this.#byKey.get(plainText(key)) ?? null);
  }

  night(seq: number): SiteNight | null {
    return this.#nights.get(seq) ?? null;
  }

  nightById(id: string): SiteNight | null {
    return this.#nightsById.get(id) ?? null;
  }

  device(id: string): DeviceFacts | null {
    return this.#devices.get(id) ?? null;
  }

  /** Why a device is not used now; a hold whose time has run out is over, however old the files are. */
  hold(id: string): Hold | undefined {
    return this.overview.setAside.find(({ device, until }) => device === id && (until === undefined || until > new Date().toISOString()));
  }

  /** What kind of hardware the numbers of a device are from; of a pool, an emulator as soon as one of its units is one. Null where that is not known. */
  hardware(id: string): Hardware | null {
    const own = this.device(id);
    if (own !== null) return own;
    const units = this.#unitsOf(id).flatMap((unit) => this.device(unit) ?? []);
    return units.find(({ emulated }) => emulated) ?? units.find(({ virtualization }) => typeof virtualization === 'string') ?? units[0] ?? null;
  }

  #unitsOf(pool: string): readonly string[] {
    this.#units ??= Map.groupBy(this.cases, (one) => one.case.device);
    return [...new Set(this.#units.get(pool)?.map(({ unit }) => unit) ?? [])];
  }

  metric(name: string): SiteMetric {
    return this.#metrics.get(name) ?? { name, label: name.replaceAll('_', ' '), unit: '', meaning: null, better: null };
  }

  environmentLabel(field: string): string {
    return this.overview.environmentLabels[field] ?? field;
  }

  /** The worst recent event of a case that somebody should look at. */
  openEvents(key: string): readonly ChangeEvent[] {
    return this.overview.events.filter((event) => isOpen(event) && event.cases.includes(key));
  }
}

/** Whether somebody should look. */
export function isOpen({ state }: ChangeEvent): boolean {
  return state === 'suspected' || state === 'confirmed';
}
