import { expect, test } from 'vitest';
import { localSwitches, withSwitches } from '../../src/transport/browser-switches.ts';

const NO_CACHE = '--disable-features=BackForwardCache';

test('switches that are lists are one list, as Chromium takes the last alone', () => {
  const switches = localSwitches(['--headless=new'], ['--disable-features=Translate,BackForwardCache', '--enable-blink-features=Mine', '--flag']);
  expect(switches.filter((each) => each.startsWith('--disable-features='))).toEqual([`${NO_CACHE},Translate`]);
  expect(switches.filter((each) => each.startsWith('--enable-blink-features='))).toEqual(['--enable-blink-features=ForceEagerMeasureMemory,Mine']);
  expect(switches).toEqual(expect.arrayContaining(['--headless=new', '--flag']));
});

test('a session asks for what a measured page needs beside the lab\'s own switches', () => {
  const chrome = withSwitches({ browserName: 'Chrome', platformName: 'Android', 'goog:chromeOptions': { androidPackage: 'com.android.chrome', args: ['--disable-features=Translate', '--mine'] } }, ['--here']);
  expect(chrome).toMatchObject({ platformName: 'Android', 'goog:chromeOptions': { androidPackage: 'com.android.chrome', args: ['--here', '--mine', `${NO_CACHE},Translate`, '--enable-blink-features=ForceEagerMeasureMemory'] } });
  expect(withSwitches({ browserName: 'chrome' }, [])).toMatchObject({ 'goog:chromeOptions': { args: expect.arrayContaining([NO_CACHE]) as string[] } });
  expect(withSwitches({ browserName: 'MicrosoftEdge' }, [])).toMatchObject({ 'ms:edgeOptions': { args: expect.arrayContaining([NO_CACHE]) as string[] } });
  expect(Object.keys(withSwitches({ browserName: 'chrome', 'appium:chromeOptions': { args: [] } }, []))).not.toContain('goog:chromeOptions');
});

test('other browsers, and what the server is to refuse, are asked for as they stand', () => {
  for (const capabilities of [{}, { browserName: 'Safari' }, { browserName: 'chrom' }, { browserName: 'chrome', 'goog:chromeOptions': 'wrong' }, { browserName: 'chrome', 'goog:chromeOptions': { args: [1] } }]) expect(withSwitches(capabilities, ['--here'])).toBe(capabilities);
});
