import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { REPORT_FORMATS } from '../../src/report/registry.ts';
import { openStore } from '../../src/store/open-store.ts';
import { growRun } from '../bench/report-run.ts';
import { CLI, Desk, SHORT_SUITE } from './paddock.ts';

const MAX_PEAK_MIB = 700;
const TELL_PEAK = `data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS))`;

test('the reports of 5,000 results take no more memory than twice those of 500', async () => {
  using desk = new Desk(SHORT_SUITE);
  const real = await desk.start('run', 'suite.yaml').ended;
  expect(real.code, real.stderr).toBe(0);
  const peaks: number[] = [];
  for (const count of [500, 5000]) {
    let runId: string;
    {
      using store = openStore(desk.storePath, { mode: 'write' });
      runId = growRun(store, store.listRuns()[0]?.id ?? '', count);
    }
    const out = join(desk.folder, `out-${count}`);
    const { stderr } = await promisify(execFile)(process.execPath, ['--import', TELL_PEAK, CLI, 'report', runId, '--out', out], { cwd: desk.folder });
    peaks.push(Number(/peak (\d+)$/.exec(stderr)?.[1]) / 1024);
    for (const { fileName } of REPORT_FORMATS) expect(existsSync(join(out, fileName))).toBe(true);
  }
  const [small = NaN, large = NaN] = peaks;
  expect(large).toBeLessThan(2 * small);
  expect(large).toBeLessThan(MAX_PEAK_MIB);
});
