/** Latencies of one batch, ns: a preallocated array that doubles between queries when it must, so that timing allocates nothing. */
export class Samples {
  #values: Float64Array<ArrayBuffer>;
  #count = 0;

  constructor(expected: number) {
    this.#values = new Float64Array(Math.min(Math.max(expected, 1), 65_536));
  }

  get count(): number {
    return this.#count;
  }

  add(valueNs: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#values.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = valueNs;
  }

  /** NaN of none. */
  medianNs(): number {
    const sorted = this.#values.slice(0, this.#count).sort();
    const middle = this.#count >> 1;
    return this.#count % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
  }

  /** Whole nanoseconds. */
  toJSON(): number[] {
    return Array.from(this.#values.subarray(0, this.#count), Math.round);
  }
}
