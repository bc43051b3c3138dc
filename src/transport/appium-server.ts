import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type AppiumDriver, type AppiumHome, driverFor, findAppiumDrivers, usualAppiumHome } from './appium-drivers.ts';
import { AppiumServerError } from './appium-server-error.ts';
import { makeBrowserFolder } from './browser-folder.ts';
import { freePort } from './free-port.ts';
import { LineReader } from './line-reader.ts';
import { localTransport } from './local.ts';
import { LogTail } from './log-tail.ts';
import type { DeviceProcess, ProcessExit } from './transport.ts';

export interface AppiumOptions {
  /** Ends the server with all its sessions. */
  readonly signal: AbortSignal;
  /** Paddock's own package folder. */
  readonly installFolder: string;
  /** The automation names (`Chromium`, `UiAutomator2`, `XCUITest`) that sessions will ask for: only their drivers are loaded. */
  readonly automationNames: readonly string[];
  /** Where drivers of the user's own are; left out, APPIUM_HOME or ~/.appium. */
  readonly appiumHome?: AppiumHome;
  /** Left out, a free one. */
  readonly port?: number;
  /** Left out, 60 s: it takes one or two on a quiet machine. */
  readonly startTimeoutMs?: number;
}

/** A driver in a server, with the names of the capabilities that it declares, without `appium:`; null when it does not tell. */
export interface RunningDriver extends AppiumDriver {
  readonly capabilities: readonly string[] | null;
}

/**
 * An Appium server of Paddock's own, on this machine's loopback. Disposing of it closes its sessions, ends what they started, and frees the port; that takes 10 s at most.
 * What drivers and their browsers write beside goes with it. A session of the Chromium driver names `appium:chromedriverPort` (`freePort()`): without it the driver takes 9515, and ends whatever chromedriver has that port already.
 */
export interface AppiumServer extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Appium's. */
  readonly version: string;
  readonly drivers: readonly RunningDriver[];
  /** Aborted, with an AppiumServerError `ended` as its reason, when the server went by itself. Whoever waits for an answer of a session waits for this too. */
  readonly gone: AbortSignal;
}

const HOST = '127.0.0.1';
const START_MS = 60_000;
/** Longer than the program's own bound for closing sessions. */
const STOP_MS = 10_000;
/** Tries, when someone took the port between its choice and its use. */
const PORT_TRIES = 3;
const MAX_LINE_BYTES = 64 * 1024;
const readySchema = z.object({ appium: z.string(), capabilities: z.record(z.string(), z.array(z.string()).nullable()) });
type Ready = z.infer<typeof readySchema>;

/**
 * Starts an Appium server in a process of its own. Not inside Paddock's: there `main()` answers SIGINT by `process.exit(0)`, a port that is taken by `process.exit(1)`, its
 * own uncaught exceptions end whoever runs it, and it adds 106 MiB and its event loop's work to the process that measures. Nothing is downloaded: the server sees only the drivers named, through a home folder of links
 * made for it. Throws AppiumServerError, or the signal's reason.
 */
export async function startAppium(options: AppiumOptions): Promise<AppiumServer> {
  const { signal, installFolder, automationNames, appiumHome = usualAppiumHome() } = options;
  signal.throwIfAborted();
  const program = join(installFolder, 'dist', 'appium-server.mjs');
  if (!existsSync(program)) throw new AppiumServerError('not-installed', `${program} is missing`, { mend: 'npm ci' });
  const installed = await findAppiumDrivers({ installFolder, appiumHome });
  const drivers = [...new Set(automationNames.map((name) => driverFor(name, installed, installFolder)))];
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(program, drivers, options.port ?? await freePort(), options);
    } catch (error) {
      const again = error instanceof AppiumServerError && error.kind === 'port-taken' && options.port === undefined && tries < PORT_TRIES;
      if (!again) throw error;
    }
  }
}

async function start(program: string, drivers: readonly AppiumDriver[], port: number, { signal, startTimeoutMs = START_MS }: AppiumOptions): Promise<AppiumServer> {
  const home = await makeHome(drivers);
  try {
    const child = await localTransport.exec([process.execPath, program, home, String(port)], { signal, cwd: home, env: { APPIUM_HOME: home, TMPDIR: home, ...OFFLINE } });
    const log = new LogTail();
    const quiet = drain(child.stderr, log);
    const waiting = new AbortController();
    const { appium: version, capabilities } = await Promise.race([
      readiness(child, log),
      child.exited.then(async (exit) => { await quiet; signal.throwIfAborted(); throw startFault(exit, port, log); }),
      sleep(startTimeoutMs, null, { signal: waiting.signal, ref: false }).then(() => { throw new AppiumServerError('not-started', `the server did not listen within ${startTimeoutMs / 1000} s${said(log)}`); }),
    ]).catch(async (error: unknown) => {
      await child.kill();
      throw error;
    }).finally(() => { waiting.abort(); });
    return running({ child, home, log, port, version, drivers: drivers.map((driver) => ({ ...driver, capabilities: capabilities[driver.packageName] ?? null })) });
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

/** Appium asks npm for newer releases of a driver that was made for another Appium; that look-up must not leave this machine. */
const OFFLINE = { npm_config_offline: 'true' };

function running({ child, home, log, port, version, drivers }: { readonly child: DeviceProcess; readonly home: string; readonly log: LogTail; readonly port: number; readonly version: string; readonly drivers: readonly RunningDriver[] }): AppiumServer {
  const gone = new AbortController();
  let asked = false;
  const ended = child.exited.then((exit) => {
    if (!asked && exit.killedFor === null) gone.abort(new AppiumServerError('ended', `the server ${ending(exit)} by itself; its sessions are lost${said(log)}`));
  });
  return {
    url: `http://${HOST}:${port}/`, host: HOST, port, version, drivers, gone: gone.signal,
    async [Symbol.asyncDispose]() {
      asked = true;
      child.closeInput();
      const grace = new AbortController();
      await Promise.race([ended, sleep(STOP_MS, undefined, { signal: grace.signal, ref: false }).catch(() => {})]);
      grace.abort();
      await child.kill();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A folder in which Appium finds just these drivers. New for each server, so that what another left there, or is doing there, does not count. */
async function makeHome(drivers: readonly AppiumDriver[]): Promise<string> {
  try {
    const home = await makeBrowserFolder('paddock-appium');
    const modules = join(home, 'node_modules');
    await mkdir(modules);
    for (const { folder, packageName } of drivers) await symlink(folder, join(modules, packageName), 'junction');
    return home;
  } catch (error) {
    throw new AppiumServerError('home', `its folder under ${tmpdir()} could not be made: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** What it says when it listens; never settles when it ends before. What else it prints goes to the log, for as long as it runs. */
async function readiness(child: DeviceProcess, log: LogTail): Promise<Ready> {
  return new Promise((resolve) => {
    const read = async (): Promise<void> => {
      const lines = new LineReader(child.stdout, MAX_LINE_BYTES);
      for (let line = await lines.next(); line !== null; line = await lines.next()) {
        const ready = readySchema.safeParse(jsonOf(line));
        if (ready.success) resolve(ready.data);
        else log.add(line);
      }
    };
    void read().catch(() => drain(child.stdout, log)); // a line beyond the bound is no message of ours, and must not stop the server at a full pipe
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

async function drain(stream: AsyncIterable<Uint8Array>, log: LogTail): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of stream) log.add(decoder.decode(chunk, { stream: true }).replace(/\n$/, ''));
  } catch (error) {
    log.add(`(its output could not be read: ${String(error)})`);
  }
}

function startFault(exit: ProcessExit, port: number, log: LogTail): AppiumServerError {
  const text = log.toString();
  if (text.includes('EADDRINUSE')) return new AppiumServerError('port-taken', `something listens at ${HOST} port ${port} already`);
  if (text.includes('ERR_MODULE_NOT_FOUND') || text.includes('MODULE_NOT_FOUND')) return new AppiumServerError('not-installed', `a package that it needs is missing${said(log)}`, { mend: 'npm ci' });
  return new AppiumServerError('not-started', `the server ${ending(exit)} before it listened${said(log)}`);
}

function ending({ exitCode, signal }: ProcessExit): string {
  return signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
}

const SAID_CHARS = 800;

/** The end of the log, for a message. */
function said(log: LogTail): string {
  const text = log.toString().trim();
  return text === '' ? '' : `; its last words: ${text.slice(-SAID_CHARS)}`;
}
