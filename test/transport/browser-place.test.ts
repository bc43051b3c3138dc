import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import type { WebdriverAddress } from '../../src/domain/transport-address.ts';
import { type BrowserPlace, placeBefore } from '../../src/transport/browser-place.ts';
import { Chromedriver } from '../../src/transport/chromedriver.ts';
import { openRemoteBrowser } from '../../src/transport/open-browser.ts';
import { CHROMEDRIVER, CHROMIUM, lacksBrowser } from './browser.ts';

const context = { device: 'webdriver far', installFolder: '/', signal: new AbortController().signal };
const address = (changed: Partial<WebdriverAddress>): WebdriverAddress => ({ kind: 'webdriver', name: 'far', url: 'http://127.0.0.1:9/', capabilities: {}, startSeconds: 120, ...changed });

/** Where a browser is whose server (a double: the end of a tunnel to another machine) answers with these capabilities. */
async function placeTold(capabilities: Readonly<Record<string, unknown>>, changed: Partial<WebdriverAddress> = {}): Promise<BrowserPlace> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => { response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ value: request.method === 'POST' ? { sessionId: 's1', capabilities } : null })); });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const browser = await openRemoteBrowser(address({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ...changed }), context);
    await browser.close();
    return browser.place;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('what answers at a loopback address and shows no process of this machine is not taken for this machine', async () => {
  // This test's own process has the number by chance, and not the folder.
  const elsewhere = { browserName: 'chrome', platformName: 'linux', 'goog:processID': process.pid, chrome: { userDataDir: '/tmp/.org.chromium.Chromium.another' } };
  expect(await placeTold(elsewhere)).toBe('untold');
  expect(await placeTold({ ...elsewhere, platformName: 'android' })).toBe('elsewhere');
  expect(await placeTold({ ...elsewhere, 'appium:udid': '34161FDH2000AB' })).toBe('elsewhere');
  expect(await placeTold(elsewhere, { here: true })).toBe('here');
  expect(await placeTold(elsewhere, { here: false })).toBe('elsewhere');
});

test('a server that took another phone than the one asked for, or does not say which, is refused', async () => {
  const asked = { address: 'lab', capabilities: { platformName: 'Android', 'appium:udid': 'S1' } };
  const told = { browserName: 'chrome', platformName: 'android' };
  expect(await placeTold({ ...told, 'appium:udid': 'S1', 'appium:deviceUDID': 's1' }, asked)).toBe('elsewhere');
  await expect(placeTold({ ...told, 'appium:udid': 'S1', 'appium:deviceUDID': 'S2' }, asked)).rejects.toThrow(/webdriver far: its server took the phone S2, .*"appium:udid", S1/);
  await expect(placeTold(told, asked)).rejects.toThrow(/does not tell which phone it took/);
});

test('before there is a session, every way of naming this machine may be this machine; a phone and another machine are not', () => {
  for (const url of ['http://127.0.0.2:4444/', 'http://[::1]:4444/', `http://${hostname()}:4444/`]) expect(placeBefore(address({ url })), url).toBe('untold');
  expect(placeBefore(address({ url: 'http://203.0.113.5:4444/' }))).toBe('elsewhere');
  expect(placeBefore(address({ capabilities: { 'goog:chromeOptions': { androidPackage: 'com.android.chrome' } } }))).toBe('elsewhere');
});

test.skipIf(lacksBrowser)('a browser whose process is here is here, whatever the page\'s address', async () => {
  await using driver = await Chromedriver.start(CHROMEDRIVER, 'chromedriver', context.signal);
  const capabilities = { browserName: 'chrome', 'goog:chromeOptions': { binary: CHROMIUM, args: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage'] } };
  const browser = await openRemoteBrowser(address({ url: `http://127.0.0.1:${driver.port}/`, address: '127.0.0.1', capabilities }), context);
  expect(browser.place).toBe('here');
  await browser.close();
});
