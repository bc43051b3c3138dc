/** One line of a pressure-stall file (Linux Documentation/accounting/psi.rst). */
export interface Pressure {
  /** Share of the last 10 s in which some task waited, 0 to 1. */
  readonly avg10: number;
  /** Time in which some task waited since boot, µs. */
  readonly totalUs: number;
}

/** Reads the `some` line of /proc/pressure/cpu; null when it isn't there or not of this form. */
export function parsePressure(text: string): Pressure | null {
  const line = /^some (.*)$/m.exec(text)?.[1];
  if (line === undefined) return null;
  const fields = new Map(line.split(' ').map((field) => {
    const [name = '', value = ''] = field.split('=', 2);
    return [name, value];
  }));
  const avg10 = fields.get('avg10') ?? '';
  const total = fields.get('total') ?? '';
  if (!/^\d+(\.\d+)?$/.test(avg10) || !/^\d+$/.test(total) || Number(avg10) > 100) return null;
  return { avg10: Number(avg10) / 100, totalUs: Number(total) };
}
