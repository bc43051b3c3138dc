import { appendFileSync, copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeEventSchema } from '../../src/domain/event.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Board } from '../lab/board.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { lacksNative, LabDesk } from '../resilience/lab-desk.ts';

const RELEASE = new URL('../../node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1', import.meta.url).pathname;

describe.skipIf(lacksLab || lacksNative)('an A/B on a board', () => {
  let board: Board;
  let desk: LabDesk;
  beforeAll(async () => {
    const lab = await useLab([]);
    board = await lab.spare({ kind: 'pixel' });
    desk = new LabDesk({ boards: { phone: board }, devices: ['phone'], launches: 1, seconds: 0.2, runtimes: '[{ id: onnxruntime, harness: native, library: libonnxruntime.so.1 }]' });
  }, LAB_HOOK_MS);
  afterAll(async () => {
    desk?.[Symbol.dispose]();
    await board?.remove();
  });

  test('puts back the harness app and runtime of each night from the store, though this host has them no longer', async () => {
    const library = join(desk.folder, 'libonnxruntime.so.1');
    copyFileSync(RELEASE, library);
    const runs: string[] = [];
    for (const night of [0, 1, 2]) {
      // Another build: bytes after an ELF file's end change what it is, not what it does.
      if (night === 2) appendFileSync(library, 'another build');
      const { code, stderr } = await desk.start('run', 'suite.yaml').ended;
      expect(code, stderr).toBe(0);
      using store = openStore(desk.storePath, { mode: 'read' });
      runs.push(store.latestRun()?.id ?? '');
    }
    rmSync(library);
    const [, lastGood = '', firstBad = ''] = runs;
    const harnessOf = (runId: string, model: string): string | undefined => {
      using store = openStore(desk.storePath, { mode: 'read' });
      return [...store.results(runId)].find((result) => result.case.model === model)?.provenance?.harnessSha256;
    };
    expect(harnessOf(lastGood, 'cls')).not.toBe(harnessOf(firstBad, 'cls'));
    let id: string;
    {
      using store = openStore(desk.storePath, { mode: 'write' });
      const key = store.history.series()[0]?.key ?? '';
      ({ id } = store.events.add({
        scope: 'case', suite: 'lab', device: 'phone', kind: 'regressed', state: 'suspected', noticed: firstBad, noticedAt: '2026-01-01T00:00:00Z', lastGood, firstBad, earliest: firstBad, latest: firstBad,
        cases: [key], series: [{ key, metric: 'latency_p50', ratio: 1.5, p: 1e-9, worse: true, firstBad, fixedBy: null }], changes: [], confirmation: null, acknowledgement: null, log: [],
      }));
    }
    // Of builds that are alike an A/B on a busy machine decides nothing until its budget is spent; what is asked of it is there after the first launches.
    const { code, stdout, stderr } = await desk.start('confirm', id, '--budget', '90s', '--json').ended;
    expect(code, stderr).toBe(0);
    const event = changeEventSchema.parse((JSON.parse(stdout) as { confirmed: unknown[] }).confirmed[0]);
    const [ab] = event.confirmation?.runIds ?? [];
    expect(ab, event.confirmation?.reason).toBeDefined();
    expect([harnessOf(ab ?? '', 'base'), harnessOf(ab ?? '', 'head')]).toEqual([harnessOf(lastGood, 'cls'), harnessOf(firstBad, 'cls')]);
    // What an A/B makes of builds that are alike is a matter of chance, and of ab-finding.test.ts.
    expect(event.confirmation).toMatchObject({ base: lastGood, head: firstBad });
  });
});
