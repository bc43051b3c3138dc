/** What is shown of a quantity: a value, and its 95 % interval where there is one. */
export interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** How reports write numbers. All texts are for people; files for machines carry the numbers themselves. */
export interface NumberFormat {
  /** The value with as many digits as its interval supports (2 to 5), or 3 without one; `—` when it is not finite. */
  value(estimate: Estimate): string;
  /** Half the interval's width over the value, `±1.2 %`; its ends, `(0.4 to 3.1)`, when it is so wide that it can't be even about the value; empty when there is none. */
  spread(estimate: Estimate): string;
  /** `24.1 ms`: a narrow no-break space before the unit. */
  withUnit(text: string, unit: string): string;
  /** `24.1 ms ±1.2 %` */
  quantity(estimate: Estimate, unit: string): string;
  /** `23.8 to 24.4 ms`, or the words for no interval. */
  interval(estimate: Estimate, unit: string): string;
  /** A plain number with the given significant digits. */
  plain(value: number, digits: number): string;
  /** 0.07 -> `7 %` */
  share(share: number): string;
  /** A ratio as a change: 1.083 -> `+8.3 %`. */
  change(ratio: number): string;
  /** 12345 -> `12,345` */
  count(count: number): string;
}

/**
 * The one place where reports turn numbers into text. It refers to nothing outside itself, because the HTML report carries
 * its source text into the page.
 */
export function makeNumberFormat(): NumberFormat {
  const NARROW_SPACE = '\u202f';
  const ABSENT = '—';
  const LEAST_DIGITS = 2;
  const MOST_DIGITS = 5;
  const DIGITS_WITHOUT_INTERVAL = 3;
  /** A half width above this share of the value says nothing as a ±: intervals are even on the log scale, not about the value. */
  const WIDE = 0.5;

  const magnitude = (value: number): number => Math.floor(Math.log10(Math.abs(value)));
  const grouped = (text: string): string => {
    const [whole = '', fraction] = text.replace('-', '').split('.');
    const sign = text.startsWith('-') && Number(text) !== 0 ? '−' : '';
    const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',');
    return sign + (fraction === undefined ? groups : `${groups}.${fraction}`);
  };
  /** Rounded at `10^-decimals`; negative decimals round left of the point. */
  const rounded = (value: number, decimals: number): string => {
    if (decimals >= 0) return grouped(value.toFixed(Math.min(decimals, 20)));
    const unit = 10 ** -decimals;
    return grouped((Math.round(value / unit) * unit).toFixed(0));
  };
  const digits = (value: number, count: number): string => {
    if (!Number.isFinite(value)) return ABSENT;
    return value === 0 ? '0' : rounded(value, count - 1 - magnitude(value));
  };
  const halfWidth = (estimate: Estimate): number | null => (estimate.low === null || estimate.high === null ? null : (estimate.high - estimate.low) / 2);
  const decimalsOf = (estimate: Estimate): number => {
    const size = magnitude(estimate.value);
    const half = halfWidth(estimate);
    if (half === null || half <= 0) return DIGITS_WITHOUT_INTERVAL - 1 - size;
    return Math.min(Math.max(-magnitude(half), LEAST_DIGITS - 1 - size), MOST_DIGITS - 1 - size);
  };
  const value = (estimate: Estimate): string => {
    if (!Number.isFinite(estimate.value)) return ABSENT;
    return estimate.value === 0 ? '0' : rounded(estimate.value, decimalsOf(estimate));
  };
  const isWide = (estimate: Estimate): boolean => {
    const half = halfWidth(estimate);
    return half !== null && half > WIDE * Math.abs(estimate.value);
  };
  const ends = (estimate: Estimate): string => {
    const { low, high } = estimate;
    if (low === null || high === null) return '';
    if (isWide(estimate)) return `${digits(low, LEAST_DIGITS)} to ${digits(high, LEAST_DIGITS)}`;
    const decimals = decimalsOf(estimate);
    return `${rounded(low, decimals)} to ${rounded(high, decimals)}`;
  };
  const percent = (amount: number): string => {
    if (amount > 0 && amount < 0.1) return `<0.1${NARROW_SPACE}%`;
    return `${amount < 10 ? amount.toFixed(1) : grouped(amount.toFixed(0))}${NARROW_SPACE}%`;
  };
  const spread = (estimate: Estimate): string => {
    const half = halfWidth(estimate);
    if (half === null || half <= 0 || estimate.value === 0 || !Number.isFinite(estimate.value)) return '';
    return isWide(estimate) ? `(${ends(estimate)})` : `±${percent((100 * half) / Math.abs(estimate.value))}`;
  };
  const withUnit = (text: string, unit: string): string => (unit === '' || text === ABSENT ? text : `${text}${NARROW_SPACE}${unit.replace(/^1\//, '/')}`);
  return {
    value,
    spread,
    withUnit,
    quantity: (estimate, unit) => [withUnit(value(estimate), unit), spread(estimate)].filter((part) => part !== '').join('\u00a0'),
    interval: (estimate, unit) => {
      if (estimate.low === null || estimate.high === null) return 'no interval';
      if (estimate.low === estimate.high) return 'exact';
      return withUnit(ends(estimate), unit);
    },
    plain: digits,
    share: (share) => {
      const amount = 100 * share;
      if (!Number.isFinite(amount)) return ABSENT;
      if (amount > 0 && amount < 0.1) return `<0.1${NARROW_SPACE}%`;
      if (amount > 99.9 && amount < 100) return `>99.9${NARROW_SPACE}%`;
      return `${amount < 10 || amount > 99 ? amount.toFixed(1).replace('.0', '') : amount.toFixed(0)}${NARROW_SPACE}%`;
    },
    change: (ratio) => {
      if (!Number.isFinite(ratio)) return ABSENT;
      const amount = 100 * (ratio - 1);
      const text = Math.abs(amount) < 10 ? Math.abs(amount).toFixed(1) : grouped(Math.abs(amount).toFixed(0));
      return `${Number(text) === 0 ? '±' : amount < 0 ? '−' : '+'}${text}${NARROW_SPACE}%`;
    },
    count: (count) => (Number.isFinite(count) ? grouped(count.toFixed(0)) : ABSENT),
  };
}

/** The format that all writers share. */
export const NUMBER_FORMAT: NumberFormat = makeNumberFormat();
