/** A growing series of latencies, ns, in the order measured. */
export class LatencyLog {
  #values = new Float64Array(4096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(latenciesNs: readonly number[] | Float64Array): void {
    if (this.#length + latenciesNs.length > this.#values.length) {
      const grown = new Float64Array(Math.max(this.#values.length * 2, this.#length + latenciesNs.length));
      grown.set(this.#values.subarray(0, this.#length));
      this.#values = grown;
    }
    this.#values.set(latenciesNs, this.#length);
    this.#length += latenciesNs.length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** A view, valid until the next push. */
  view(start = 0): Float64Array {
    return this.#values.subarray(start, this.#length);
  }

  /** A copy of all. */
  toArray(): Float64Array {
    return this.#values.slice(0, this.#length);
  }
}
