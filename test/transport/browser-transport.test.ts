import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HarnessClient, HarnessCrash, HarnessDisturbed, HarnessOutOfMemory } from '../../src/harness/client.ts';
import { rendererPids, workerPids } from '../../src/transport/browser-processes.ts';
import { BrowserTransport, PAGE_PROGRAM } from '../../src/transport/browser-transport.ts';
import { Chromedriver } from '../../src/transport/chromedriver.ts';
import { fileSha256 } from '../../src/transport/digest.ts';
import { TransportFault } from '../../src/transport/transport-fault.ts';
import { ExecError } from '../../src/transport/transport.ts';
import { pidOf } from '../harness/processes.ts';
import { onnxFile } from '../fixtures/cli/onnx-file.ts';
import { identityModel } from '../harness-conformance/tiny-onnx.ts';
import { CHROMEDRIVER, CHROMIUM, chromium, lacksBrowser, leftOf, processesOf } from './browser.ts';
import { CutProxy } from './cut-proxy.ts';
import { DevTools } from './dev-tools.ts';

const never = new AbortController().signal;
const installFolder = new URL('../..', import.meta.url).pathname;

let folder: string;
const usualFolder = process.env['TMPDIR'];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pbt-'));
  process.env['TMPDIR'] = folder;
});
afterEach(async () => {
  if (usualFolder === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usualFolder;
  const left = await leftOf(folder);
  rmSync(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
});

const open = (args: readonly string[] = []): Promise<BrowserTransport> => BrowserTransport.open(chromium({ args: [...args] }), { signal: never, installFolder });
const start = (transport: BrowserTransport, memoryLimitBytes?: number): Promise<HarnessClient> =>
  HarnessClient.start(transport, [PAGE_PROGRAM], { signal: never, helloTimeoutMs: 120_000, ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }) });

/** A run that goes on for longer than the test, and what ends it. */
async function endOfRun(client: HarnessClient): Promise<unknown> {
  try {
    await client.load({ runtime: 'null', model: null, delegate: 'cpu', options: { threads: 1, graphOptimization: 'all' } }, 120_000);
    await client.inputs({ samples: [[]] }, 120_000);
    for (;;) {
      // A page that is being left is hidden a moment before.
      await client.run({ scenario: 'single-stream', count: 1e9, durationNs: 1e8, callsPerQuery: 1 }, 120_000).catch((error: unknown) => { if (!(error instanceof HarnessDisturbed)) throw error; });
    }
  } catch (error) {
    return error;
  }
}

function residentMiB(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // gone meanwhile
  }
}

/** Whether the way works: the page comes, answers and leaves. */
async function works(transport: BrowserTransport): Promise<void> {
  await using client = await start(transport);
  await client.bye(120_000);
}

describe.skipIf(lacksBrowser)('a browser as a transport', () => {
  test('each start of the harness is a page in a process of its own, and a clean end is one', async () => {
    await using transport = await open();
    const pid = transport.facts.processId ?? 0;
    const seen: (readonly number[])[] = [];
    for (let launch = 0; launch < 3; launch++) {
      await using client = await start(transport);
      expect(client.hello.harness.name).toContain('web');
      seen.push(rendererPids(pid));
      await client.bye(120_000);
      expect(await client.process.exited).toMatchObject({ exitCode: 0, killedFor: null });
    }
    const shared = seen.reduce((rest, pids) => rest.filter((each) => pids.includes(each)));
    for (const pids of seen) expect(pids.some((each) => !shared.includes(each))).toBe(true);
  });

  test('pages of launches that are over leave no process behind, also where the lab switches features of its own off', async () => {
    await using transport = await open(['--disable-features=Translate']);
    const command = readFileSync(`/proc/${transport.facts.processId ?? 0}/cmdline`, 'utf8');
    expect(command).toMatch(/--disable-features=[^\0]*BackForwardCache/);
    expect(command).toMatch(/--disable-features=[^\0]*Translate/);
    const pages = (): number => rendererPids(transport.facts.processId ?? 0).length;
    await works(transport);
    // The page that was left goes, and the empty one in its place comes, each in its time.
    let first = -1;
    await expect.poll(() => {
      const before = first;
      first = pages();
      return first === before;
    }, { interval: 1000 }).toBe(true);
    for (let launch = 1; launch < 5; launch++) await works(transport);
    await expect.poll(pages).toBeLessThanOrEqual(first + 1);
  });

  test('what a page has not is refused in words, and who it is stays', async () => {
    await using transport = await open();
    await expect(transport.exec(['sh', '-c', 'id'], { signal: never })).rejects.toThrow(ExecError);
    await expect(transport.connect()).rejects.toThrow(/opens no ports/);
    await expect(transport.upload()).rejects.toThrow(/no file system/);
    const first = await transport.identify(never);
    expect(first.id).toMatch(/^browser:chromium-\d+@/);
    expect(await transport.identify(never)).toEqual(first);
  });

  test('a pushed file is offered under its hash, and the same one again in the same place', async () => {
    await using transport = await open();
    const path = join(folder, 'model.bin');
    writeFileSync(path, 'weights');
    const sha256 = await fileSha256(path, never);
    const offered = await transport.push(path, sha256, never);
    expect(offered).toContain(sha256);
    expect(await transport.push(path, sha256, never)).toBe(offered);
  });

  test('a model is kept by the browser: the next page has it without the host, and takes no spoiled copy', async () => {
    await using transport = await open();
    const path = join(folder, 'model.onnx');
    writeFileSync(path, onnxFile({ operator: 'Tanh' }));
    const model = await transport.push(path, await fileSha256(path, never), never);
    const load = async (): Promise<unknown> => {
      await using client = await start(transport);
      const answer: unknown = await client.load({ runtime: 'onnxruntime', model, delegate: 'cpu', options: { threads: 1, graphOptimization: 'all' } }, 120_000).catch((error: unknown) => error);
      await client.bye(120_000);
      return answer;
    };
    expect(await load()).toMatchObject({ event: 'loaded' });
    // What is no more on the host can only come from the browser.
    rmSync(path);
    expect(await load()).toMatchObject({ event: 'loaded', inputs: [{ name: 'x' }] });
    const spoil = async (): Promise<void> => {
      await using _client = await start(transport);
      await DevTools.of(folder).tell('Runtime.evaluate', { awaitPromise: true, expression: `(async () => { const kept = await caches.open('paddock-files'); for (const key of await kept.keys()) await kept.put(key, new Response('spoiled')); })()` });
    };
    // The command is not waited for to its end on a busy machine.
    await expect.poll(async () => {
      await spoil();
      return load();
    }, { timeout: 240_000 }).toMatchObject({ name: 'HarnessRefusal' });
    writeFileSync(path, onnxFile({ operator: 'Tanh' }));
    expect(await load()).toMatchObject({ event: 'loaded' });
  });

  test('a model that is larger than what the browser may keep is fetched for each page, which is told; of smaller ones the oldest make room', async () => {
    await using transport = await open();
    const offered: string[] = [];
    const paths = [1.5, 0.8, 0.8].map((mib, index) => {
      const path = join(folder, `model-${index}.onnx`);
      writeFileSync(path, identityModel(1, [2, 3 + index], mib * 2 ** 20));
      return path;
    });
    for (const path of paths) offered.push(await transport.push(path, await fileSha256(path, never), never));
    // Tells for each whether it was kept; the rest of the message is the browser's.
    const load = async (model: string | undefined): Promise<string> => {
      await using client = await start(transport);
      const { notKept = 'kept' } = await client.load({ runtime: 'onnxruntime', model: model ?? null, delegate: 'cpu', options: { threads: 1, graphOptimization: 'all' } }, 120_000);
      await client.bye(120_000);
      return notKept;
    };
    const origin = async (): Promise<string> => {
      await using _client = await start(transport);
      return new URL(await DevTools.of(folder).pageUrl()).origin;
    };
    using _small = await DevTools.of(folder).hold([['Storage.overrideQuotaForOrigin', { origin: await origin(), quotaSize: 2 ** 20 }]]);
    const tooLarge = /Quota.*\(the file has 1\.5 MiB\)$/;
    expect(await load(offered[0])).toMatch(tooLarge);
    expect(await load(offered[0])).toMatch(tooLarge);
    expect(await load(offered[1])).toBe('kept');
    expect(await load(offered[2])).toBe('kept');
    // What was kept is not asked for; what made room is not there any more.
    for (const path of paths) rmSync(path);
    expect(await load(offered[2])).toBe('kept');
    await expect(load(offered[1])).rejects.toThrow(/can't read the model/);
  });

  test('a browser that is killed in mid-launch is lost, and the next launch starts another', async () => {
    await using transport = await open();
    await using client = await start(transport);
    const run = endOfRun(client);
    setTimeout(() => { process.kill(pidOf(transport.facts.processId), 'SIGKILL'); }, 1500);
    const error = await run;
    expect(error).toBeInstanceOf(TransportFault);
    expect(error).toMatchObject({ kind: 'lost', message: expect.stringContaining('the browser ended') });
    await works(transport);
  });

  test('a tab that crashes is a crash of the harness, and the next launch works', async () => {
    await using transport = await open();
    await using client = await start(transport);
    const run = endOfRun(client);
    setTimeout(() => { void DevTools.of(folder).tell('Page.crash'); }, 1500);
    const error = await run;
    expect(error).toBeInstanceOf(HarnessCrash);
    expect(String(error)).toContain('a crash of its tab');
    await works(transport);
  });

  test('a page that is reloaded loses its launch, does not take its token again, and the next launch works', async () => {
    await using transport = await open();
    await using client = await start(transport);
    const run = endOfRun(client);
    setTimeout(() => { void DevTools.of(folder).tell('Page.reload'); }, 1500);
    expect(await run).toMatchObject({ kind: 'lost', message: expect.stringMatching(/left or reloaded/) });
    await works(transport);
  });

  test('a page that the browser freezes is told at once, not taken for a hang, and the next launch works', async () => {
    await using transport = await open();
    await using client = await start(transport);
    const run = endOfRun(client);
    setTimeout(() => { void DevTools.of(folder).tell('Page.setWebLifecycleState', { state: 'frozen' }); }, 1500);
    expect(await run).toMatchObject({ name: 'TransportFault', kind: 'lost', message: expect.stringMatching(/froze the page/) });
    await works(transport);
  });

  test('a tab that is closed is told, and the next launch works', async () => {
    await using transport = await open();
    await using client = await start(transport);
    const run = endOfRun(client);
    setTimeout(() => { void DevTools.of(folder).tell('Page.close'); }, 1500);
    expect(await run).toMatchObject({ kind: 'lost', message: expect.stringMatching(/tab was closed|browser ended/) });
    await works(transport);
  });

  test('a network that is cut loses the launch, and the next one works when it is back', async () => {
    await using proxy = await CutProxy.start();
    await using transport = await open([`--proxy-server=http://127.0.0.1:${proxy.port}`, '--proxy-bypass-list=<-loopback>']);
    await using client = await start(transport);
    const run = endOfRun(client);
    setTimeout(() => { proxy.cut(); }, 1500);
    expect(await run).toMatchObject({ kind: 'lost', message: expect.stringContaining('connection was cut') });
    await works(transport);
  });

  test('a page that takes more memory than it may is ended for that', async () => {
    await using transport = await open();
    expect(await start(transport, 8 * 1024 * 1024).then(endOfRun, (error: unknown) => error)).toBeInstanceOf(HarnessOutOfMemory);
    await works(transport);
  });

  test('another page that takes more memory than the harness may is left alone', async () => {
    await using transport = await open();
    const url = `data:text/html,<script>const kept = new Uint8Array(400 * 2 ** 20).fill(1); document.title = kept.length; new Worker(URL.createObjectURL(new Blob(['onmessage = close'])))</script>`;
    await DevTools.of(folder).open(url);
    const big = (): readonly number[] => workerPids(transport.facts.processId ?? 0).filter((pid) => residentMiB(pid) > 400);
    await expect.poll(big).toHaveLength(1);
    const before = big();
    await using client = await start(transport, 400 * 2 ** 20);
    await client.load({ runtime: 'null', model: null, delegate: 'cpu', options: { threads: 1, graphOptimization: 'all' } }, 120_000);
    await client.inputs({ samples: [[]] }, 120_000);
    // The other tab is in front, which spoils a measurement and no more.
    await expect(client.run({ scenario: 'single-stream', count: 1e6, durationNs: 3e9, callsPerQuery: 1 }, 120_000)).rejects.toThrow(HarnessDisturbed);
    await client.bye(120_000);
    expect(big()).toEqual(before);
  });

  test('the page has the same origin from run to run, so that a browser keeps models for it, and another one when the port is taken', async () => {
    // A name that no other test has, whose pages are at the same port.
    const alone = chromium({ name: `origin-${process.pid}` });
    const originOf = async (): Promise<string> => {
      await using transport = await BrowserTransport.open(alone, { signal: never, installFolder });
      await using _client = await start(transport);
      return new URL(await DevTools.of(folder).pageUrl()).origin;
    };
    const first = await originOf();
    expect(await originOf()).toBe(first);
    const taken = createServer().listen(Number(new URL(first).port), '127.0.0.1');
    await once(taken, 'listening');
    expect(await originOf()).not.toBe(first);
    taken.close();
  });

  test('an Appium server that goes in mid-launch takes its browser along; that is told, and the next launch starts both anew', async () => {
    const capabilities = { platformName: 'linux', browserName: 'chrome', 'appium:automationName': 'Chromium', 'goog:chromeOptions': { binary: CHROMIUM, args: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage'] } };
    await using transport = await BrowserTransport.open({ kind: 'webdriver', name: 'by-appium', capabilities, startSeconds: 120 }, { signal: never, installFolder });
    await using client = await start(transport);
    const run = endOfRun(client);
    setTimeout(() => {
      for (const pid of processesOf(folder)) if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('appium-server.mjs')) process.kill(pid, 'SIGKILL');
    }, 1500);
    const error = await run;
    expect(error).toBeInstanceOf(TransportFault);
    expect(['lost', 'unreachable']).toContain((error as TransportFault).kind);
    await works(transport);
  });

  test('a port that is taken is a fault of the one device, with the key that mends it', async () => {
    await using driver = await Chromedriver.start(CHROMEDRIVER, 'chromedriver', never);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const capabilities = { browserName: 'chrome', 'goog:chromeOptions': { binary: CHROMIUM, args: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage'] } };
    await using transport = await BrowserTransport.open({ kind: 'webdriver', name: 'desk', url: `http://127.0.0.1:${driver.port}/`, port, capabilities, startSeconds: 60 }, { signal: never, installFolder });
    const error: unknown = await start(transport).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(TransportFault);
    expect(error).toMatchObject({ kind: 'refused', message: expect.stringMatching(/webdriver desk: .*EADDRINUSE.*`webdriver\.port`/) as string });
    taken.close();
    await works(transport);
  });

  test('an abort ends the page, not the browser', async () => {
    await using transport = await open();
    const isKept = async (): Promise<boolean> => {
      const abort = new AbortController();
      await using client = await HarnessClient.start(transport, [PAGE_PROGRAM], { signal: abort.signal, helloTimeoutMs: 120_000 });
      const { processId } = transport.facts;
      const run = endOfRun(client);
      setTimeout(() => { abort.abort(new Error('enough')); }, 1000);
      expect(String(await run)).toContain('enough');
      await works(transport);
      return transport.facts.processId === processId;
    };
    // One that was held up for seconds just then could not leave its page, and is ended rightly.
    const kept: boolean[] = [];
    while (kept.length < 4 && kept.at(-1) !== true) kept.push(await isKept());
    expect(kept).toContain(true);
  });
});
