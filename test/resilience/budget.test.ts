import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CaseResult } from '../../src/domain/result.ts';
import { Desk, MODELS, type Ended } from './paddock.ts';

const suiteOf = (budgetMinutes: number): string => `suite: too-much
${MODELS}
runtimes: [{ id: onnxruntime, threads: [1, 2] }]
workloads:
  - { id: single, scenario: single-stream }
  - { id: offline, scenario: offline, batch: [2, 4, 8] }
measure: { launches: 3, minSeconds: 0.5, maxSeconds: 5, budgetMinutes: ${budgetMinutes} }
gates: none
`;

function resultsIn(desk: Desk): CaseResult[] {
  using store = desk.openStore();
  return [...store.results(store.latestRun()?.id ?? '')];
}

/** Wall-clock time of a run's attempts, from the first's start to the last's end, s. */
function spanIn(desk: Desk): { total: number; longest: number } {
  using store = desk.openStore();
  const entries = store.attemptEntries(store.latestRun()?.id ?? '');
  const starts = entries.map((entry) => Date.parse(entry.startedAt));
  const ends = entries.map((entry) => Date.parse(entry.endedAt));
  return { total: (Math.max(...ends) - Math.min(...starts)) / 1000, longest: Math.max(...ends.map((end, index) => end - (starts[index] ?? end))) / 1000 };
}

test('a suite with too much work ends inside its budget and says which cases it left out', async () => {
  using desk = new Desk(suiteOf(0.2));
  const { code, stdout, stderr } = await desk.start('run', 'suite.yaml', '--seed', '5').ended;
  const { total, longest } = spanIn(desk);
  expect(total, stderr).toBeLessThan(12 + longest);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/the budget has no time for \d+ launches/);
  const results = resultsIn(desk);
  expect(results).toHaveLength(16);
  const measured = results.filter((result) => result.verdict.status === 'ok');
  const left = results.filter((result) => result.verdict.status === 'skipped');
  expect(measured.length + left.length).toBe(16);
  // Few cases with intervals are worth more than many without: three launches and a check of each of four are reckoned with more than the budget.
  expect(measured.length).toBeGreaterThan(0);
  expect(measured.length).toBeLessThanOrEqual(3);
  for (const result of measured.filter((each) => each.launches.length < 3)) expect(result.warnings.map((warning) => warning.code)).toContain('budget');
  expect(left.length).toBeGreaterThan(0);
  for (const result of left) {
    expect(result.verdict.reasons[0]?.code).toBe('budget');
    expect(stdout).toContain(`skipped: ${result.key}`);
  }
});

test('a budget without time for anything is no success', async () => {
  using desk = new Desk(suiteOf(0.01));
  const { code, stderr } = await desk.start('run', 'suite.yaml', '--seed', '5').ended;
  expect(code, stderr).toBe(1);
  expect(stderr).toContain('measure.budgetMinutes');
  expect(resultsIn(desk).every((result) => result.verdict.status === 'skipped')).toBe(true);
});

test('beside a program that takes every core, the quick preset still ends well and warns', async () => {
  using desk = new Desk(`suite: busy\n${MODELS}\nruntimes: [{ id: onnxruntime }]\nworkloads: [{ id: single, scenario: single-stream }]\n`);
  const hogs = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
  let ended: Ended;
  try {
    ended = await desk.start('run', 'suite.yaml', '--seed', '5').ended;
  } finally {
    for (const hog of hogs) hog.kill('SIGKILL');
  }
  expect(ended.code, ended.stderr).toBe(0);
  const results = resultsIn(desk);
  expect(results.map((result) => [result.verdict.status, result.launches.length])).toEqual([['ok', 3], ['ok', 3]]);
  for (const result of results) {
    expect(result.metrics['latency_p50']?.low).not.toBeNull();
    expect(result.warnings.map((warning) => warning.code)).toContain('cpu-pressure');
  }
  using store = desk.openStore();
  expect(readFileSync(join(desk.folder, 'paddock-results', store.latestRun()?.id ?? '', 'summary.md'), 'utf8')).toMatch(/pressure/i);
});
