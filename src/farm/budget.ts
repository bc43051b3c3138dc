import type { MeasurePolicy } from '../domain/preset.ts';
import { LAUNCH_OVERHEAD_S, LEAST_MEASURED_S, QUALITY_ITEM_S, VERIFICATION_S } from './estimate.ts';
import type { WorkClock } from './work-clock.ts';

/** How fast the learned costs follow what was seen. */
const LEARNING = 0.3;

/** Shares a unit's time among what is left of its work, and learns what launches and verifications really cost. Seconds of the unit's own time: waiting for others costs nothing. */
export class Budget {
  readonly #policy: MeasurePolicy;
  readonly #clock: WorkClock;
  readonly #deadline: number;
  #overheadS = LAUNCH_OVERHEAD_S;
  #verificationS = VERIFICATION_S;
  /** Null until a block was answered: models differ by a thousandfold, so that the first look counts whole. */
  #qualityItemS: number | null = null;
  #verificationsLeft: number;

  /** The policy's budget counts from now. */
  constructor(policy: MeasurePolicy, clock: WorkClock, verifications: number) {
    this.#policy = policy;
    this.#clock = clock;
    this.#verificationsLeft = verifications;
    this.#deadline = policy.budgetSeconds === null ? Number.POSITIVE_INFINITY : clock.seconds + policy.budgetSeconds;
  }

  #room(): number {
    return this.#deadline - this.#clock.seconds - this.#verificationsLeft * this.#verificationS;
  }

  /** Whether so many launches, and one verification before them, would end in time if each measured the least. */
  admits(launches: number): boolean {
    return this.#deadline - this.#clock.seconds >= this.#verificationS + launches * (this.#overheadS + LEAST_MEASURED_S);
  }

  /** Verifications that will not be made, so that their time is free. */
  dropVerifications(count: number): void {
    this.#verificationsLeft -= count;
  }

  tookVerification(seconds: number): void {
    this.#verificationsLeft = Math.max(0, this.#verificationsLeft - 1);
    this.#verificationS += LEARNING * (seconds - this.#verificationS);
  }

  /** Whether so many items can be answered, and so many launches would still end in time if each measured the least. */
  admitsQuality(items: number, launches: number): boolean {
    return this.#room() >= this.#overheadS + items * (this.#qualityItemS ?? QUALITY_ITEM_S) + launches * (this.#overheadS + LEAST_MEASURED_S);
  }

  tookQuality(seconds: number, items: number): void {
    const seen = Math.max(0, seconds - this.#overheadS) / Math.max(1, items);
    this.#qualityItemS = this.#qualityItemS === null ? seen : this.#qualityItemS + LEARNING * (seen - this.#qualityItemS);
  }

  /** `seconds`: what a launch took beside the time it measured. */
  tookLaunch(seconds: number): void {
    this.#overheadS += LEARNING * (seconds - this.#overheadS);
  }

  /** The most that the next of `left` launches may measure. */
  launchSeconds(left: number): number {
    return Math.min(this.#policy.maxSeconds, Math.max(LEAST_MEASURED_S, this.#room() / left - this.#overheadS));
  }

  /** Whether another launch would end in time; `seconds`: what it has to measure, null when less will do. */
  allows(seconds: number | null = null): boolean {
    return this.#room() >= this.#overheadS + (seconds ?? LEAST_MEASURED_S);
  }

  remainingSeconds(verifications: number, qualityItems: number, launches: number): number {
    return qualityItems * (this.#qualityItemS ?? QUALITY_ITEM_S) + verifications * this.#verificationS + launches * (this.#overheadS + this.launchSeconds(Math.max(1, launches)));
  }
}
