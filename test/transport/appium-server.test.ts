import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppiumServer, startAppium } from '../../src/transport/appium-server.ts';
import { AppiumServerError } from '../../src/transport/appium-server-error.ts';
import { chromiumThrough, lacksChromium } from './appium-session.ts';
import { never } from './reading.ts';
import { pidOf } from '../harness/processes.ts';

const installFolder = process.cwd();

/** Processes whose command line or environment names the server's folder: itself, chromedrivers and browsers it started. */
async function processesOf(home: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map(async (pid) => (await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')).includes(home) ? pid : null));
  return found.filter((pid) => pid !== null);
}

async function fault(started: Promise<AppiumServer>): Promise<AppiumServerError> {
  const outcome = await started.then((server) => server, (error: unknown) => error);
  if (outcome instanceof AppiumServerError) return outcome;
  throw new Error(`no AppiumServerError but ${String(outcome)}`);
}

describe('an Appium server', () => {
  let folder: string;
  const homes = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.startsWith('paddock-appium-'));
  const usual = { kind: 'usual', folder: '/nowhere/.appium' } as const;
  const chromium = { signal: never, installFolder, automationNames: ['Chromium'], appiumHome: usual };
  const before = tmpdir();

  beforeAll(async () => {
    folder = await mkdtemp(join(before, 'p-'));
    process.env['TMPDIR'] = folder;
  });
  afterAll(async () => {
    process.env['TMPDIR'] = before;
    await rm(folder, { recursive: true, force: true });
  });

  test.skipIf(lacksChromium)('a browser session through it; afterwards nothing is left', async () => {
    const server = await startAppium(chromium);
    const [home = ''] = await homes();
    try {
      expect(server).toMatchObject({ host: '127.0.0.1', url: `http://127.0.0.1:${server.port}/`, drivers: [{ name: 'chromium', packageName: 'appium-chromium-driver' }] });
      expect(server.version).toMatch(/^3\./);
      const browser = await chromiumThrough(server);
      await browser.url('data:text/html,<title>paddock</title>');
      expect(await browser.getTitle()).toBe('paddock');
      expect((await processesOf(home)).length).toBeGreaterThan(2);
      await browser.deleteSession();
    } finally {
      await server[Symbol.asyncDispose]();
    }
    expect(server.gone.aborted).toBe(false);
    expect(await homes()).toEqual([]);
    await expect.poll(() => processesOf(home)).toEqual([]);
    await expect.poll(async () => (await readdir(folder)).filter((name) => name.includes('chrom'))).toEqual([]);
    await expect(fetch(`${server.url}status`)).rejects.toThrow();
  });

  test.skipIf(lacksChromium)('a server that dies in mid-session takes its browser with it, and says so', async () => {
    const server = await startAppium(chromium);
    const [home = ''] = await homes();
    try {
      const browser = await chromiumThrough(server);
      const [pid] = (await Promise.all((await processesOf(home)).map(async (each) => ((await readFile(`/proc/${each}/cmdline`, 'latin1')).includes('appium-server.mjs') ? [Number(each)] : [])))).flat();
      const lost = once(server.gone, 'abort');
      process.kill(pidOf(pid), 'SIGKILL');
      await lost;
      expect(server.gone.reason).toMatchObject({ name: 'AppiumServerError', kind: 'ended', message: expect.stringContaining('was ended by SIGKILL by itself; its sessions are lost') });
      await expect(browser.getTitle()).rejects.toThrow();
    } finally {
      await server[Symbol.asyncDispose]();
    }
    await expect.poll(() => processesOf(home)).toEqual([]);
    expect(await homes()).toEqual([]);
  });

  test.skipIf(lacksChromium)('a session left open is closed with the server, and by an abort', async () => {
    const abort = new AbortController();
    for (const end of [(server: AppiumServer) => server[Symbol.asyncDispose](), async () => { abort.abort(new Error('Ctrl-C')); }]) {
      const server = await startAppium({ ...chromium, signal: abort.signal });
      const [home = ''] = await homes();
      await chromiumThrough(server);
      await end(server);
      await expect.poll(() => processesOf(home)).toEqual([]);
      expect(server.gone.aborted).toBe(false);
      await server[Symbol.asyncDispose]();
    }
    await expect(startAppium({ ...chromium, signal: abort.signal })).rejects.toThrow('Ctrl-C');
  });

  test.skipIf(lacksChromium)('a Paddock that is killed leaves no server, no browser and no folder', async () => {
    const script = `
      const { startAppium } = await import(${JSON.stringify(join(installFolder, 'src/transport/appium-server.ts'))});
      const { chromiumThrough } = await import(${JSON.stringify(join(installFolder, 'test/transport/appium-session.ts'))});
      const server = await startAppium({ signal: new AbortController().signal, installFolder: ${JSON.stringify(installFolder)}, automationNames: ['Chromium'], appiumHome: { kind: 'usual', folder: '/nowhere' } });
      await chromiumThrough(server);
      console.log('there');
      setInterval(() => {}, 1000);`;
    const paddock = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: installFolder, stdio: ['ignore', 'pipe', 'inherit'] });
    await Promise.race([once(paddock.stdout, 'data'), once(paddock, 'exit').then(() => { throw new Error('it ended before its session was there'); })]);
    const [home = ''] = await homes();
    expect((await processesOf(home)).length).toBeGreaterThan(2);
    paddock.kill('SIGKILL');
    await expect.poll(() => processesOf(home)).toEqual([]);
    await expect.poll(homes).toEqual([]);
  });

  test('a port that is taken, a driver that is not installed, a home that is none, too little time', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await fault(startAppium({ ...chromium, port }))).toMatchObject({ kind: 'port-taken', message: `Appium: something listens at 127.0.0.1 port ${port} already` });
    other.close();
    const missing = await fault(startAppium({ ...chromium, automationNames: ['XCUITest'] }));
    expect(missing).toMatchObject({ kind: 'driver-missing', mend: `npm install --no-save --prefix ${installFolder} appium-xcuitest-driver` });
    expect(missing.message).toContain('no driver with the automation name "XCUITest" is installed (installed: chromium)');
    expect(await fault(startAppium({ ...chromium, automationNames: ['Chromeium'] }))).toMatchObject({ kind: 'driver-missing', mend: null });
    expect(await fault(startAppium({ ...chromium, appiumHome: { kind: 'named', folder: '/nowhere' } }))).toMatchObject({ kind: 'home', message: expect.stringContaining('APPIUM_HOME is /nowhere, which is no folder') });
    expect(await fault(startAppium({ ...chromium, startTimeoutMs: 50 }))).toMatchObject({ kind: 'not-started', message: expect.stringContaining('did not listen within 0.05 s') });
    expect(await fault(startAppium({ ...chromium, installFolder: folder }))).toMatchObject({ kind: 'not-installed', mend: 'npm ci' });
    expect(await homes()).toEqual([]);
  });

  test('a driver of the user\'s own APPIUM_HOME is found; one that is broken or made for another Appium harms nothing and asks no registry', async () => {
    const home = join(folder, 'own');
    const driver = async (name: string, manifest: object, code: string): Promise<void> => {
      const at = join(home, 'node_modules', `appium-${name}-driver`);
      await mkdir(at, { recursive: true });
      await writeFile(join(at, 'package.json'), JSON.stringify({ name: `appium-${name}-driver`, version: '1.0.0', main: 'index.js', ...manifest }));
      await writeFile(join(at, 'index.js'), code);
    };
    const manifest = { appium: { driverName: 'old', automationName: 'Old', platformNames: ['Old'], mainClass: 'Old' }, peerDependencies: { appium: '^1.0.0' } };
    await driver('old', manifest, `const { BaseDriver } = require(${JSON.stringify(join(installFolder, 'node_modules', 'appium', 'driver.js'))}); exports.Old = class Old extends BaseDriver {};`);
    await driver('broken', { appium: 'what?' }, 'throw new Error()');
    await using server = await startAppium({ ...chromium, automationNames: ['old', 'Chromium'], appiumHome: { kind: 'named', folder: home } });
    expect(server.drivers.map((each) => each.name).toSorted()).toEqual(['chromium', 'old']);
    expect(existsSync(join(home, 'node_modules', '.cache'))).toBe(false);
  });
});
