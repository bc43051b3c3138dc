import { logs, SampleError, type Sample } from './sample.ts';
import { mean, sampleSd } from './summary.ts';
import { studentQuantile } from './student.ts';

/** Launches below which a spread is not known well enough to give an interval (t on 1 degree of freedom is 12.7 wide). */
const MIN_LAUNCHES = 3;

/** A case's value over its launches; low and high are null below 3 launches. */
export interface CaseInterval {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
  readonly method: string;
}

/**
 * One case from the values of its launches, the launch being the replicate (Kalibera & Jones 2013): geometric mean with Student's t on the
 * logs. A quantity that can be zero or negative (energy or memory above idle) has no logs: arithmetic mean with t, and the method says so.
 * @throws SampleError when there is no launch or a value is not finite
 */
export function caseInterval(launchValues: Sample, alpha: number): CaseInterval {
  const n = launchValues.length;
  if (n === 0) throw new SampleError('a case without launches has no value');
  const positive = Array.from(launchValues).every((value) => !(value <= 0));
  const values = positive ? logs(launchValues) : launchValues;
  const back = positive ? Math.exp : (value: number): number => value;
  const name = positive ? 'geometric mean of launches' : 'arithmetic mean of launches';
  const centre = mean(values);
  if (!Number.isFinite(centre)) throw new SampleError('a launch value is not finite');
  if (n < MIN_LAUNCHES) return { value: back(centre), low: null, high: null, n, method: `${name}; too few launches for an interval` };
  const reach = (studentQuantile(1 - alpha / 2, n - 1) * sampleSd(values)) / Math.sqrt(n);
  return { value: back(centre), low: back(centre - reach), high: back(centre + reach), n, method: `${name}, t interval${positive ? ' on logs' : ''}` };
}
