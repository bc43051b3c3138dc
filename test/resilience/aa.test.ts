import { expect, test } from 'vitest';
import type { Comparison } from '../../src/domain/result.ts';
import { Desk, MODELS } from './paddock.ts';

const SUITE = `suite: aa
${MODELS}
runtimes:
  - { id: a, engine: onnxruntime }
  - { id: b, engine: onnxruntime }
workloads: [{ id: single, scenario: single-stream }]
measure: { launches: 4, minSeconds: 0.2, maxSeconds: 0.2 }
gates: none
`;

type Cry = Pick<Comparison, 'base' | 'head' | 'metric' | 'outcome' | 'ratio' | 'low' | 'high' | 'reason'>;

/** What was called of so many pairs of cases. */
function called(stdout: string, pairs: number): Cry[] {
  const { comparisons } = JSON.parse(stdout) as { comparisons: Comparison[] };
  // Latencies of so short launches are absent where a busy machine let too few through; these two are there whenever the cases were compared.
  for (const metric of ['init_time', 'peak_memory']) expect(new Set(comparisons.filter((each) => each.metric === metric).map(({ head }) => head)).size, stdout).toBe(pairs);
  return comparisons.filter(({ outcome }) => outcome !== 'equivalent' && outcome !== 'noisy').map(({ base, head, metric, outcome, ratio, low, high, reason }) => ({ base, head, metric, outcome, ratio, low, high, reason }));
}

/** Two runs of the same suite, compared with each other and the second within itself: what is called to have changed. */
async function alarms(desk: Desk, names: readonly [string, string]): Promise<readonly Cry[]> {
  // Without a seed the order of launches is drawn anew each time; the inputs stay the same.
  for (const out of names) {
    const { code, stderr } = await desk.start('run', 'suite.yaml', '--out', out).ended;
    expect(code, stderr).toBe(0);
  }
  const between = await desk.start('compare', ...names, '--json', '--fail-on', 'regressed,improved,incomparable').ended;
  const within = await desk.start('compare', 'latest', '--base', 'runtime=a', '--head', 'runtime=b', '--json', '--fail-on', 'regressed,improved').ended;
  return [[between, 4] as const, [within, 2] as const].flatMap(([{ code, stdout }, pairs]) => {
    const found = called(stdout, pairs);
    expect(code).toBe(found.length === 0 ? 0 : 1);
    return found;
  });
}

/** Another direction, or metric, or pair of cases is another cry. */
const cryOf = ({ base, head, metric, outcome }: Cry): string => `${base} ${head} ${metric} ${outcome}`;

test('what did not change is called neither regressed nor improved, between runs and inside one', async () => {
  using desk = new Desk(SUITE);
  let cries: readonly Cry[] = [];
  // How often chance may cry is a matter of test/farm/compare.test.ts: in one round of twenty at the most. It does so now here, now there; what cries at the same place in each of three rounds is no chance.
  for (let round = 0; round === 0 || (round < 3 && cries.length > 0); round++) {
    const found = await alarms(desk, [`first-${round}`, `second-${round}`]);
    cries = round === 0 ? found : cries.filter((cry) => found.some((other) => cryOf(other) === cryOf(cry)));
  }
  expect(cries).toEqual([]);
});
