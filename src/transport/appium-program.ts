/**
 * The program in which an Appium server runs: `node appium-server.mjs HOME PORT`. It says `{"appium": VERSION, "capabilities": {DRIVER'S PACKAGE: [NAME, …]}}` in a line when it listens, and ends, with its sessions
 * closed and HOME removed, when its input closes: a Paddock that dies leaves nothing running.
 */
import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { capabilitiesOf } from './appium-capabilities.ts';

/** Loaded without Appium's own types: they refer to TypeScript sources that don't compile under this project's settings. */
interface Appium {
  readonly main: (args: Readonly<Record<string, string | number | boolean>>) => Promise<unknown>;
}

/** How long open sessions may take to close before they are left to their process group. */
const CLOSE_MS = 8000;

const [home = '', port = ''] = process.argv.slice(2);
let [isListening, isDeserted] = [false, false];

process.on('exit', () => {
  // With nobody there to do it, what a session left in this group is ended here: asked first, so that the home is not written to while it goes.
  const alone = isDeserted && process.platform !== 'win32';
  if (alone) process.kill(-process.pid, 'SIGTERM');
  try {
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  } finally {
    if (alone) process.kill(-process.pid, 'SIGKILL');
  }
});
process.stdin.on('error', () => {}).on('close', () => {
  isDeserted = true;
  if (!isListening) process.exit(1);
  setTimeout(() => process.exit(1), CLOSE_MS).unref();
  // Appium's own handler of this signal closes the sessions.
  process.kill(process.pid, 'SIGTERM');
}).resume();

const require = createRequire(import.meta.url);
const { main } = require('appium') as Appium;
const { version } = require('appium/package.json') as { readonly version: string };
await main({ subcommand: 'server', address: '127.0.0.1', port: Number(port), appiumHome: home, loglevel: 'error', logNoColors: true, throwInsteadOfExit: true });
isListening = true;
const capabilities = Object.fromEntries(await Promise.all(readdirSync(join(home, 'node_modules')).map(async (name) => [name, await capabilitiesOf(join(home, 'node_modules', name))] as const)));
process.stdout.write(`${JSON.stringify({ appium: version, capabilities })}\n`);
