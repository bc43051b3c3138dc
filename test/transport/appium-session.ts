import { existsSync } from 'node:fs';
import { remote } from 'webdriverio';
import { freePort } from '../../src/transport/free-port.ts';
import type { AppiumServer } from '../../src/transport/appium-server.ts';
import { lacks } from '../lacks.ts';

export const CHROMIUM = '/usr/bin/chromium';
export const CHROMEDRIVER = '/usr/bin/chromedriver';
export const lacksChromium = lacks('Chromium with its chromedriver', existsSync(CHROMIUM) && existsSync(CHROMEDRIVER), 'apt-get install chromium chromium-driver');

const ARGS = ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A session of Debian's Chromium through a server of Appium's. */
export async function chromiumThrough(server: Pick<AppiumServer, 'host' | 'port'>): Promise<WebdriverIO.Browser> {
  return remote({
    hostname: server.host, port: server.port, path: '/', logLevel: 'silent', connectionRetryCount: 0, connectionRetryTimeout: 240_000,
    capabilities: {
      'wdio:enforceWebDriverClassic': true, platformName: process.platform, browserName: 'chrome', 'appium:automationName': 'Chromium', 'appium:executable': CHROMEDRIVER, 'appium:autodownloadEnabled': false,
      'appium:chromedriverPort': await freePort(), 'goog:chromeOptions': { binary: CHROMIUM, args: ARGS },
    } as WebdriverIO.Capabilities,
  });
}
