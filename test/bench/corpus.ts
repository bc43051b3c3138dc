/** A source of the portable corpora: sfc32 with four seed words, twelve draws of warm-up. */
class Sfc32 {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(a: number, b: number, c: number, d: number) {
    [this.#a, this.#b, this.#c, this.#d] = [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
    for (let i = 0; i < 12; i++) this.#word();
  }

  #word(): number {
    const t = (this.#a + this.#b + this.#d) >>> 0;
    this.#d = (this.#d + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + ((this.#c << 3) >>> 0)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) >>> 0) + t >>> 0;
    return t;
  }

  /** Uniform in (0, 1). */
  uniform(): number {
    return (this.#word() + 0.5) / 4294967296;
  }

  /** Standard normal: Box–Muller, the cosine only, so two uniforms each. */
  normal(): number {
    const u1 = this.uniform();
    const u2 = this.uniform();
    return Math.sqrt(-2 * Math.log(u1)) * Math.cos(2 * Math.PI * u2);
  }
}

/** What a corpus holds. y_t = 100 (1 + step·[t ≥ tau]) (1 + cv·e_t), e AR(1) with unit variance; 6 significant digits. */
interface CorpusModel {
  readonly id: number;
  readonly series: number;
  readonly nights: number;
  /** Share of the series, the first ones, that have the step; its sign is random. */
  readonly withStep: number;
  readonly step: number;
  readonly cv: number;
  readonly phi: number;
  /** Nights before and after every step. */
  readonly edge: number;
  /** Share of nights with a spike of +10 to +40 %. */
  readonly spikes: number;
}

const COMMON = { series: 1000, nights: 365, withStep: 0.2, step: 0.05, cv: 0.02, phi: 0.3, edge: 30, spikes: 0 } as const;
const ALL_STEP = { ...COMMON, series: 300, withStep: 1 } as const;

/** The corpora of the comparison with other detectors. */
export const CORPORA = {
  main: { ...COMMON, id: 1 },
  iid: { ...COMMON, id: 2, phi: 0 },
  ar06: { ...COMMON, id: 3, phi: 0.6 },
  outlier: { ...COMMON, id: 4, spikes: 0.02 },
  step1: { ...ALL_STEP, id: 5, step: 0.01 },
  step2: { ...ALL_STEP, id: 6, step: 0.02 },
  step3: { ...ALL_STEP, id: 7, step: 0.03 },
  step10: { ...ALL_STEP, id: 8, step: 0.1 },
} as const satisfies Readonly<Record<string, CorpusModel>>;
export type CorpusName = keyof typeof CORPORA;

/** One series. `tau` is the first night of the new level, counted from 0; null without a step. */
export interface CorpusSeries {
  readonly id: string;
  readonly tau: number | null;
  readonly sign: -1 | 0 | 1;
  readonly values: Float64Array;
}

/** The same series that the Python reference of the corpora draws with this BASE_SEED (its default is 20261122). */
export function corpus(name: CorpusName, baseSeed: number): readonly CorpusSeries[] {
  const model: CorpusModel = CORPORA[name];
  const innovation = Math.sqrt(1 - model.phi * model.phi);
  return Array.from({ length: model.series }, (_, i) => {
    const random = new Sfc32(baseSeed, model.id, i, 1);
    const hasStep = i < Math.round(model.withStep * model.series);
    const tau = model.edge + Math.floor(random.uniform() * (model.nights - 2 * model.edge));
    const sign = random.uniform() < 0.5 ? 1 : -1;
    let e = random.normal();
    const values = new Float64Array(model.nights);
    for (let t = 0; t < model.nights; t++) {
      if (t > 0) e = model.phi * e + innovation * random.normal();
      let value = 100 * (1 + (hasStep && t >= tau ? sign * model.step : 0)) * (1 + model.cv * e);
      if (model.spikes > 0 && random.uniform() < model.spikes) value *= 1 + 0.1 + 0.3 * random.uniform();
      values[t] = Number(value.toPrecision(6));
    }
    return { id: `${name}-${String(i).padStart(4, '0')}`, tau: hasStep ? tau : null, sign: hasStep ? sign : 0, values };
  });
}
