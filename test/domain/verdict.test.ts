import { expect, test } from 'vitest';
import { combineVerdicts, OK, type Verdict } from '../../src/domain/verdict.ts';

const verdict = (status: Verdict['status'], ...codes: string[]): Verdict => ({ status, reasons: codes.map((code) => ({ code, message: `because of ${code}` })) });

test('nothing, or only ok, is ok', () => {
  expect(combineVerdicts([])).toEqual(OK);
  expect(combineVerdicts([OK, OK])).toEqual(OK);
});

test('the gravest part decides, and no reason is lost', () => {
  const whole = combineVerdicts([verdict('invalid', 'parity'), OK, verdict('failed', 'crash'), verdict('invalid', 'throttled')]);
  expect(whole.status).toBe('failed');
  expect(whole.reasons.map((reason) => reason.code)).toEqual(['parity', 'crash', 'throttled']);
});

test('the same reason of several launches is said once', () => {
  expect(combineVerdicts([verdict('failed', 'hang'), verdict('failed', 'hang')]).reasons).toHaveLength(1);
});
