/** The time that is a unit's own: wall clock without the waits for others who share its machine, or whose answer it needs. Seconds, from when the clock was made. */
export class WorkClock {
  readonly #startedMs = performance.now();
  #waitedMs = 0;

  get seconds(): number {
    return (performance.now() - this.#startedMs - this.#waitedMs) / 1000;
  }

  /** Stands still until the wait is over, however it ends. One wait at a time. */
  async whileWaiting<T>(wait: Promise<T>): Promise<T> {
    const fromMs = performance.now();
    try {
      return await wait;
    } finally {
      this.#waitedMs += performance.now() - fromMs;
    }
  }
}
