/** How often the window looks; some wake-ups a second in another thread than the one that is timed. */
const PERIOD_MS = 250;
/** So long without a turn is more than a busy moment. A hidden page is told as that; a visible one is held back to save power, or because its threads or other programs take all of the processor. */
const HELD_BACK_MS = 1500;

/** Notices in the window what spoils a measurement: that the page is hidden or held back. */
export class PageWatch {
  #hidden = document.visibilityState !== 'visible';
  #latestMs = 0;
  #lookedMs = performance.now();

  constructor() {
    document.addEventListener('visibilitychange', () => { if (document.visibilityState !== 'visible') this.#hidden = true; });
    setInterval(() => { this.#look(); }, PERIOD_MS);
  }

  /** What happened since this was asked last, or null. */
  take(): string | null {
    this.#look();
    const told = this.#hidden ? 'the page was hidden: another tab or app was in front, or the screen was off'
      : this.#latestMs > HELD_BACK_MS ? `the page got no turn for ${(this.#latestMs / 1000).toFixed(1)} s: the browser held it back, or the device was too busy` : null;
    this.#hidden = document.visibilityState !== 'visible';
    this.#latestMs = 0;
    return told;
  }

  #look(): void {
    const now = performance.now();
    this.#latestMs = Math.max(this.#latestMs, now - this.#lookedMs - PERIOD_MS);
    this.#lookedMs = now;
  }
}
