import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunReport } from '../../src/domain/run-report.ts';
import { lacks } from '../lacks.ts';
import { CHROMIUM, openPage } from '../fixtures/report/chromium.ts';
import { HOSTILE, hostileReport } from '../fixtures/report/hostile.ts';
import { manyResults } from '../fixtures/report/many.ts';
import { sampleReport } from '../fixtures/report/sample.ts';
import { reportText } from '../fixtures/report/text-buffer.ts';

describe('report.html as text', () => {
  let sample = '';
  beforeAll(async () => { sample = await reportText(sampleReport(), 'html'); });
  test('says the verdicts before any number', () => {
    const text = sample;
    expect(text.indexOf('id="verdicts"')).toBeLessThan(text.indexOf('\u202fms'));
    expect(text.includes('23 of 28 cases gave numbers that count')).toBe(true);
  });
  test('names nothing to load', () => {
    const text = sample;
    expect(text.includes("default-src 'none'")).toBe(true);
    expect(text.match(/<link[^>]+href="(?!data:)|<script[^>]+src=|@import|url\((?!data:|#)|https?:\/\//)).toBeNull();
  });
  test('hostile text is never markup', async () => {
    const text = await reportText(hostileReport(HOSTILE), 'html');
    const markup = text.replace(/<script type="application\/json"[\s\S]*?<\/script>/g, '<script type="application/json"></script>');
    expect(markup.match(/<img|onerror='|<!--|<script>document/)).toBeNull();
    expect(text.match(/<script/g)).toHaveLength(4);
  });
  test('an absent quantity has its reason in sight', () => {
    expect(sample.includes('— <small>this device has no power sensor')).toBe(true);
  });
  test('the first cases have details, a sentence says so, and the rest is in the table', async () => {
    const text = await reportText(manyResults(300), 'html');
    expect(text.match(/<details class="case"/g)).toHaveLength(60);
    expect(text.includes('Charts and details are of the first 60 of 300 cases')).toBe(true);
    expect(JSON.parse(/id="rows">([\s\S]*?)<\/script>/.exec(text)?.[1] ?? '')).toHaveLength(300);
  });
  test('a run without a result is a page', async () => {
    expect((await reportText({ ...manyResults(0), comparisons: [], devices: [] }, 'html')).includes('This run has no results yet.')).toBe(true);
  });
});

describe.skipIf(lacks('Chromium', CHROMIUM !== null, 'apt-get install chromium'))('report.html in Chromium', () => {
  let folder = '';
  beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'paddock-page-')); });
  afterAll(async () => { await rm(folder, { recursive: true, force: true }); });

  async function open(report: RunReport, hash: string, kind: 'html' | 'junit' = 'html'): Promise<{ readonly dom: string; readonly consoleLines: readonly string[] }> {
    const path = join(folder, kind === 'html' ? 'report.html' : 'junit.xml');
    await writeFile(path, await reportText(report, kind));
    return openPage(CHROMIUM ?? '', `${pathToFileURL(path).href}${hash}`);
  }
  const bodyRows = (dom: string): readonly string[] => Array.from(/<tbody role="rowgroup">([\s\S]*?)<\/tbody>/.exec(dom)?.[1]?.matchAll(/<tr [\s\S]*?<\/tr>/g) ?? [], ([row]) => row);

  test('draws the table without an error', async () => {
    const { dom, consoleLines } = await open(sampleReport(), '');
    expect(consoleLines).toEqual([]);
    const rows = bodyRows(dom);
    expect(rows).toHaveLength(28);
    expect(rows[0]).toContain('24.2\u202fms');
    expect(rows.filter((row) => row.includes('untrusted'))).toHaveLength(2);
    for (const row of rows.filter((row) => row.includes('untrusted'))) expect(row.match(/bar-track|★/)).toBeNull();
  });

  test('sorts by a metric with what is not trusted at the end, and says so to a screen reader', async () => {
    const { dom } = await open(sampleReport(), '#sort=latency_p50:ascending&theme=dark');
    const rows = bodyRows(dom);
    expect(rows[0]).toContain('silero-vad');
    expect(rows.slice(23).every((row) => !row.startsWith('<tr role="row" class="ok"'))).toBe(true);
    expect(/aria-sort="ascending"><button[^>]*data-sort="latency_p50"/.test(dom)).toBe(true);
    expect(dom.includes('data-theme="dark"')).toBe(true);
  });

  test('filters by text and verdict from the address', async () => {
    const { dom } = await open(sampleReport(), '#find=webgpu&verdict=invalid');
    expect(bodyRows(dom)).toHaveLength(1);
    expect(dom.includes('1 of 28 cases')).toBe(true);
  });

  test('of a browser: headless beside its name, how it was started, and no figure for what nobody told', async () => {
    const { devices, ...rest } = sampleReport();
    const page = await reportText({ ...rest, devices: devices.map(({ memoryMiB: _memory, virtualization: _virtual, ...device }) => ({ ...device, browserStart: { headless: true, args: ['--flag=<b>'] } })) }, 'html');
    expect(page.match(/<span class="tag">headless<\/span>/g)).toHaveLength(devices.length);
    expect(page).toContain('headless; --flag=&lt;b&gt;');
    expect(page).toContain('memory not told');
    const windowed = await reportText({ ...rest, devices: devices.map((device) => ({ ...device, browserStart: { headless: null, args: [] } })) }, 'html');
    expect(windowed).not.toContain('<span class="tag">headless</span>');
    expect(windowed).toContain('whether it has a window is not told; no switches');
  });

  test('on a phone, a long name of a hypervisor stays inside the page', async () => {
    const { run, devices, ...rest } = sampleReport();
    const page = await reportText({ ...rest, run, devices: devices.map((device) => ({ ...device, virtualization: 'a hypervisor that gives no name, in a docker container' })) }, 'html');
    const path = join(folder, 'phone.html');
    await writeFile(path, `<iframe style="width:380px;height:3000px;border:0"></iframe><output></output><script>
      const frame = document.querySelector('iframe');
      frame.onload = () => { document.querySelector('output').textContent = 'furthest ' + Math.max(...Array.from(frame.contentDocument.querySelectorAll('.tag'), (tag) => tag.getBoundingClientRect().right)); };
      frame.srcdoc = new TextDecoder().decode(Uint8Array.from(atob('${Buffer.from(page).toString('base64')}'), (c) => c.charCodeAt(0)));
    </script>`);
    const { dom } = await openPage(CHROMIUM ?? '', pathToFileURL(path).href);
    const furthest = Number(/furthest ([\d.]+)/.exec(dom)?.[1]);
    expect(furthest).toBeGreaterThan(100);
    expect(furthest).toBeLessThan(380);
  });

  test('pages 20,000 rows', async () => {
    const { dom, consoleLines } = await open(manyResults(20_000), '');
    expect(consoleLines).toEqual([]);
    expect(bodyRows(dom)).toHaveLength(100);
    expect(dom.includes('page 1 of 200')).toBe(true);
  });

  test('runs nothing of hostile text and draws it as text', async () => {
    const { dom, consoleLines } = await open(hostileReport(HOSTILE), '');
    expect(consoleLines).toEqual([]);
    expect(dom.includes('<title>pwned')).toBe(false);
    expect(dom.match(/<img/)).toBeNull();
    expect(bodyRows(dom)).toHaveLength(28);
  });

  test('its parser takes junit.xml with hostile text', async () => {
    const { dom } = await open(hostileReport(HOSTILE), '', 'junit');
    expect(dom.includes('parsererror')).toBe(false);
    expect(dom.includes('testcase')).toBe(true);
  });
});
