import { expect, test } from 'vitest';
import { startWords } from '../../src/domain/browser-start-words.ts';
import { environmentChanges } from '../../src/domain/environment.ts';
import { startOf } from '../../src/transport/browser-start.ts';
import { chromium } from './browser.ts';

test('how a browser is started is told without passwords, and a change of it is a change of its surroundings', () => {
  const plain = startOf(chromium());
  const soft = startOf(chromium({ args: ['--use-webgpu-adapter=swiftshader', '--proxy-server=http://me:word@proxy:80'], headless: false }));
  expect(startWords(plain)).toBe('headless; no switches');
  expect(startWords(soft)).toBe('in a window; --use-webgpu-adapter=swiftshader --proxy-server=http://proxy:80');
  expect(environmentChanges({ browser: startWords(plain) }, { browser: startWords(soft) })).toMatchObject([{ field: 'browser' }]);
});

test('of a session at a WebDriver server, what its capabilities ask for', () => {
  const at = (capabilities: Readonly<Record<string, never>> | object): string => startWords(startOf({ kind: 'webdriver', name: 'w', capabilities: capabilities as never, startSeconds: 1 }));
  expect(at({ 'moz:firefoxOptions': { args: ['-headless', 'env:SECRET'] } })).toBe('headless; -headless env:SECRET');
  expect(at({ 'appium:chromeOptions': { args: ['--headless=new'] } })).toBe('headless; --headless=new');
  expect(at({})).toBe('whether it has a window is not told; no switches');
});
