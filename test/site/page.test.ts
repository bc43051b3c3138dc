import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runSeq } from '../../src/store/run-table.ts';
import { CHROMIUM } from '../fixtures/report/chromium.ts';
import { HOSTILE } from '../fixtures/report/hostile.ts';
import { lacks } from '../lacks.ts';
import { Browser, type Tab } from './browser.ts';
import { published, TINY_LAB, tinyStore } from './small.ts';
import { labCases, nightRunId, nightTime } from './synthetic.ts';

const PAGES = ['', 'changes', 'matrix', 'compare', 'devices', 'detector'] as const;

describe.skipIf(lacks('Chromium', CHROMIUM !== null, 'apt-get install chromium'))('the dashboard in Chromium, from a folder', () => {
  let folder = '';
  let browser: Browser;
  let tab: Tab;
  const key = labCases(TINY_LAB)[2]?.key ?? '';
  const emulated = labCases(TINY_LAB).find((planned) => planned.case.device === 'emulator-x86')?.key ?? '';
  const address = (hash: string, site = 'site'): string => `${pathToFileURL(join(folder, site, 'index.html')).href}#/${hash}`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'paddock-page-'));
    const path = join(folder, 'store.sqlite');
    tinyStore(path);
    {
      using store = openStore(path, { mode: 'write' });
      const at = (night: number): string => nightRunId(TINY_LAB, night);
      store.events.add({
        scope: 'case', suite: 'nightly', device: 'pixel-8-a', kind: 'regressed', state: 'confirmed', noticed: at(9), noticedAt: nightTime(TINY_LAB, 9), lastGood: at(4), firstBad: at(5), earliest: at(5), latest: at(6), cases: [key],
        series: [{ key, metric: 'latency_p50', ratio: 1.083, p: 1e-7, worse: true, firstBad: at(5), fixedBy: null }], changes: [{ field: 'os', from: 'build 1', to: 'build 2', runId: at(5) }],
        confirmation: null, acknowledgement: null, log: [{ at: nightTime(TINY_LAB, 9), text: 'suspected after the run' }],
      });
      store.events.markNight(at(7), 'pixel-8-a', 'canary 31 % slower');
    }
    await published(path, join(folder, 'site'));
    browser = await Browser.start(CHROMIUM ?? '');
    tab = await browser.tab();
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test('every page draws, without a complaint and with no request outside its folder', async () => {
    for (const page of [...PAGES, `case?case=${encodeURIComponent(key)}`, `trend?case=${encodeURIComponent(key)}&metric=latency_p50`, 'devices?device=pixel-8-a', 'changes?event=E1', `?night=${nightRunId(TINY_LAB, 3)}`]) {
      await tab.open(address(page));
      expect(await tab.evaluate(`document.querySelectorAll('[role=alert]').length`), page).toBe(0);
      expect((await tab.text()).length, page).toBeGreaterThan(60);
      expect(await tab.evaluate(`document.querySelectorAll('main h1').length === 1 && document.querySelector('main') !== null && document.querySelector('nav') !== null`)).toBe(true);
    }
    expect(tab.complaints).toEqual([]);
    expect(tab.requests.filter((url) => !url.startsWith(pathToFileURL(join(folder, 'site')).href) && !url.startsWith('data:') && url !== 'about:blank')).toEqual([]);
  });

  test('the last night says what got worse, since when, what changed there, and what was measured', async () => {
    await tab.open(address(''));
    const text = await tab.text();
    expect(text).toContain('1 got worse');
    expect(text).toContain('+8.3\u202f%');
    expect(text).toContain('confirmed');
    expect(text).toContain('since the night of 31 Oct');
    expect(text).toContain('OS build build 1 → build 2');
    expect(text).toContain('8 of 8 cases gave numbers that count');
    expect(await tab.evaluate(`document.querySelectorAll('.event figure svg').length`)).toBe(1);
  });

  test('an emulated device is called so beside its numbers', async () => {
    for (const page of ['', 'matrix', 'compare?device=emulator-x86', 'devices', `trend?case=${encodeURIComponent(emulated)}`, `case?case=${encodeURIComponent(emulated)}`]) {
      await tab.open(address(page));
      expect(await tab.text(), page).toContain('emulated');
    }
  });

  test('so is a pool with an emulated unit', async () => {
    const path = join(folder, 'pool.sqlite');
    tinyStore(path, { nights: 2, nightsWithResults: 1 });
    {
      using store = openStore(path, { mode: 'write' });
      const id = nightRunId(TINY_LAB, 1);
      store.putResults(id, [...store.results(id)].map((result, ordinal) => ({ ordinal, result: { ...result, unit: result.case.device === 'pixel-8-a' ? 'emulator-x86' : result.unit } })));
      store.setDevices(id, store.devices(id).filter((device) => device.id === 'emulator-x86'));
      for (const run of store.listRuns()) store.setDevices(run.id, store.devices(id));
    }
    await published(path, join(folder, 'pool'));
    await tab.open(address('devices?device=pixel-8-a', 'pool'));
    expect(await tab.text('.lead')).toContain('emulated');
    await tab.open(address('matrix', 'pool'));
    expect(await tab.evaluate(`[...document.querySelectorAll('tbody th')].every((cell) => cell.innerText.includes('emulated'))`)).toBe(true);
  });

  test('the first page is of the newest night: a suite of long ago is none of it, a case that is no longer planned is told', async () => {
    const path = join(folder, 'plan.sqlite');
    tinyStore(path, { nights: 2, nightsWithResults: 2 });
    {
      using store = openStore(path, { mode: 'write' });
      const last = nightRunId(TINY_LAB, 1);
      const [before] = store.listRuns().filter(({ id }) => id === last);
      if (before === undefined) throw new Error('no run');
      const results = [...store.results(last)];
      const add = (id: string, suite: string, startedAt: string, kept: typeof results): void => {
        store.createRun({ info: { ...before, id, suite, startedAt, status: 'running', endedAt: null }, suite: '{}', devices: store.devices(last), cases: kept.map((result, ordinal) => ({ key: result.key, ordinal, case: result.case, verdict: null })) });
        store.putResults(id, kept.map((result, ordinal) => ({ ordinal, result })));
        store.finishRun(id, 'done', startedAt);
      };
      add('20250101-020000-0000', 'renamed since', '2025-01-01T02:00:00.000Z', results.slice(0, 1));
      add('20261028-020000-0000', before.suite, '2026-10-28T02:00:00.000Z', results.slice(1));
    }
    await published(path, join(folder, 'plan'));
    await tab.open(address('', 'plan'));
    const text = await tab.text();
    expect(text).toContain('7 of 7 cases gave numbers that count.');
    expect(text).toContain('1 case of the run before is no longer in the plan');
    expect(text).not.toContain('renamed since');
  });

  test('of a browser: how it was started, and what nobody told is not told', async () => {
    const path = join(folder, 'browser.sqlite');
    tinyStore(path, { nights: 1, nightsWithResults: 1, devices: ['desk-chromium'] });
    {
      using store = openStore(path, { mode: 'write' });
      for (const run of store.listRuns()) store.setDevices(run.id, [...store.devices(run.id)].map(({ memoryMiB: _memory, virtualization: _virtual, ...device }) => ({ ...device, browserStart: { headless: true, args: ['--use-webgpu-adapter=swiftshader'] } })));
    }
    await published(path, join(folder, 'browser'));
    await tab.open(address('devices?device=desk-chromium', 'browser'));
    const text = await tab.text();
    for (const row of [/Memory\s+not told/, /Hardware\s+not told/, /Started\s+headless; --use-webgpu-adapter=swiftshader/]) expect(text).toMatch(row);
  });

  test('a trend has every night, the change, the incident and what surrounded it; arrow keys read it out', async () => {
    await tab.open(address(`trend?case=${encodeURIComponent(key)}&metric=latency_p50`));
    const chart = await tab.evaluate(`({ dots: document.querySelectorAll('.plot circle.dot').length, change: document.querySelector('.plot .event-line.regressed') !== null, incident: document.querySelectorAll('.chart-frame .plot > .incident').length, band: document.querySelectorAll('.chart-frame polygon.band').length })`);
    expect(chart).toEqual({ dots: 10, change: true, incident: 1, band: 1 });
    await tab.evaluate(`document.querySelector('[role=group][tabindex]').focus()`);
    await tab.press('End');
    expect(await tab.text('output')).toMatch(/^4 Nov 2026\s+✓\s+ok \d/);
    await tab.press('ArrowLeft');
    expect(await tab.text('output')).toMatch(/^3 Nov 2026/);
    await tab.evaluate(`document.querySelector('details.raw').open = true`);
    await tab.until(`document.querySelectorAll('details.raw tbody tr').length === 10`);
  });

  test('what lies beyond a chart is an arrow at its edge, and nights that do not count have a scale of their own', async () => {
    const path = join(folder, 'edge.sqlite');
    tinyStore(path, { nights: 60, nightsWithResults: 1 });
    {
      using database = new Database(path, path, { access: 'write', busyTimeoutMs: 1000 });
      const seq = runSeq(database, nightRunId(TINY_LAB, 30));
      database.run('UPDATE metric_point SET value = 10 * value, low = 10 * low, high = 10 * high WHERE run = ?', seq);
      database.run(`UPDATE case_point SET state = 'invalid', reason = 'too hot' WHERE subject = (SELECT id FROM series_case WHERE key = ?)`, key);
    }
    await published(path, join(folder, 'edge'));
    const shapes = `({ arrows: document.querySelectorAll('.chart-frame path.dot').length, dots: document.querySelectorAll('.chart-frame circle.dot').length, struck: [...document.querySelectorAll('.chart-frame circle.struck')].map((mark) => Number(mark.getAttribute('cy'))) })`;
    await tab.open(address(`trend?case=${encodeURIComponent(labCases(TINY_LAB)[0]?.key ?? '')}`, 'edge'));
    expect(await tab.evaluate(shapes)).toEqual({ arrows: 1, dots: 59, struck: [] });
    expect(await tab.text('.legend')).toContain('lies beyond the edge');
    await tab.open(address(`trend?case=${encodeURIComponent(key)}`, 'edge'));
    const { struck } = await tab.evaluate(shapes) as { struck: readonly number[] };
    expect(struck).toHaveLength(59);
    expect(new Set(struck).size).toBeGreaterThan(20);
    expect(await tab.text()).toContain('No valid night in this span.');
  });

  test('the page of one night speaks of that night', async () => {
    await tab.open(address(`?night=${nightRunId(TINY_LAB, 3)}`));
    const text = await tab.text();
    expect(text).not.toContain('Newest run');
    expect(text).not.toContain('at its level');
  });

  test('a choice stands in the address, keeps the focus, and survives a reload', async () => {
    await tab.open(address('matrix'));
    await tab.evaluate(`(() => { const box = document.querySelector('[data-choice=metric]'); box.focus(); box.value = 'model_size'; box.dispatchEvent(new Event('change', { bubbles: true })); })()`);
    await tab.until(`document.querySelector('.lead')?.textContent.startsWith('Model size')`);
    expect(await tab.evaluate('location.hash')).toBe('#/matrix?metric=model_size');
    expect(await tab.evaluate('document.activeElement.dataset.choice')).toBe('metric');
    await tab.open(address('matrix?metric=model_size&theme=dark'));
    expect(await tab.text('.lead')).toContain('Model size');
    expect(await tab.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    expect(await tab.evaluate(`[...document.querySelectorAll('nav a')].every((link) => link.hash.includes('theme=dark'))`)).toBe(true);
  });

  test('going to another page moves the focus to its heading', async () => {
    await tab.open(address(''));
    await tab.evaluate(`[...document.querySelectorAll('nav a')].find((link) => link.textContent === 'Devices').click()`);
    await tab.until(`document.querySelector('h1')?.textContent === 'Devices'`);
    expect(await tab.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await tab.evaluate(`document.querySelector('nav [aria-current=page]').textContent`)).toBe('Devices');
  });

  test('raw latencies are there to be saved, and the command to run the case again', async () => {
    await tab.open(address(`case?case=${encodeURIComponent(key)}`));
    expect(await tab.text()).toContain('paddock run nightly.yaml --only');
    expect(await tab.text()).toContain('2,850 inferences in 3 launches');
    // The distribution of the night before the open change is had from the store.
    expect(await tab.text()).toContain(`npx paddock report ${nightRunId(TINY_LAB, 4)}`);
    await tab.evaluate(`[...document.querySelectorAll('button')].find((button) => button.textContent.startsWith('Save the raw')).click()`);
    await tab.until(`document.querySelector('main').innerText.includes('3,000 latencies saved')`);
  });

  test('what is not there is said', async () => {
    await tab.open(address('case?case=no/such/case'));
    expect(await tab.text()).toContain('this site has no case no/such/case');
    await tab.open(address('constructor'));
    expect(await tab.text()).toContain('there is no page "constructor"');
  });

  test('hostile names appear as text everywhere, and nothing of them runs', async () => {
    const path = join(folder, 'hostile.sqlite');
    const text = HOSTILE.toWellFormed(); // a lone surrogate can't be stored
    const hostile = { ...TINY_LAB, nights: 3, devices: [text, 'قلم\u202eabc'], models: [`a${text}`, '__proto__'], variants: ['<img src=x onerror="document.title=1">', '"\'`'] };
    tinyStore(path, hostile);
    await published(path, join(folder, 'hostile'));
    const before = tab.complaints.length;
    const [planned] = labCases(hostile);
    for (const page of [...PAGES, `case?case=${encodeURIComponent(planned?.key ?? '')}`, `trend?case=${encodeURIComponent(planned?.key ?? '')}`, `devices?device=${encodeURIComponent('قلم\u202eabc')}`]) {
      await tab.open(address(page, 'hostile'));
      expect(await tab.evaluate(`document.querySelectorAll('main img, main script, main [onerror]').length`), page).toBe(0);
      expect(await tab.evaluate('document.title'), page).toMatch(/Paddock$/);
      const shown = await tab.text();
      for (const unseen of ['\u202e', '\u0008', '\u001b']) expect(shown.includes(unseen), page).toBe(false);
    }
    await tab.open(address('matrix', 'hostile'));
    expect(await tab.text()).toContain('<img src=x onerror=');
    expect(tab.complaints.slice(before)).toEqual([]);
  });
});
