import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserAddress } from '../../src/domain/transport-address.ts';
import { lacks } from '../lacks.ts';

export const CHROMEDRIVER = '/usr/bin/chromedriver';
export const CHROMIUM = '/usr/bin/chromium';
export const lacksBrowser = lacks('Chromium with its chromedriver', existsSync(CHROMEDRIVER) && existsSync(CHROMIUM), 'apt-get install chromium chromium-driver');

/** This test's own: browsers of one name serve their page at the same port, and whoever comes second gets another. */
const NAME = `chromium-${process.pid}`;

export function chromium(changed: Partial<BrowserAddress> = {}): BrowserAddress {
  return { kind: 'browser', name: NAME, binary: CHROMIUM, driver: CHROMEDRIVER, args: [], headless: true, ...changed };
}

/** Processes whose environment names the folder: everything that was started with it as TMPDIR. A process that has ended and was not yet waited for has no environment any more. */
export function processesOf(folder: string): readonly number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder);
    } catch {
      return false; // gone meanwhile
    }
  });
}

/** Waits until nothing of the folder runs any more; gives what still does after a while. */
export async function leftOf(folder: string): Promise<readonly string[]> {
  let left = processesOf(folder);
  for (let tries = 0; left.length > 0 && tries < 600; tries++) {
    await sleep(100);
    left = processesOf(folder);
  }
  return left.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 120);
    } catch {
      return `${pid}`;
    }
  });
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // gone meanwhile
  }
}

/** A headless browser's first process: not those of its pages, nor its crash handlers. */
export function isBrowser(pid: number): boolean {
  const command = commandOf(pid);
  return command.includes('--headless=new') && !command.includes('--type=') && !command.includes('crashpad');
}
