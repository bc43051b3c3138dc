import { describe, expect, test } from 'vitest';
import { misnamedCapabilities, standsFor, unknownToDriver } from '../../src/transport/capability-names.ts';

const asked = (...names: readonly string[]): { capabilities: Record<string, unknown>; places: Record<string, string> } =>
  ({ capabilities: Object.fromEntries(names.map((name) => [name, 1])), places: Object.fromEntries(names.map((name, index) => [name, `paddock.yaml:${index + 1}:5`])) });
const driver = { packageName: 'appium-chromium-driver', version: '3.1.1', names: ['automationName', 'udid', 'executable', 'autodownloadEnabled', 'platformVersion'] };

describe('a slip in a capability\'s name is told with its place and what was meant', () => {
  test.each([
    ['browsrName', 'did you mean `browserName`?'], ['automationName', 'did you mean `appium:automationName`?'], ['chromeOptions', 'did you mean `goog:chromeOptions`?'],
    ['anythingElse', 'a vendor\'s has its name before it, as `appium:anythingElse` would'], ['goog:chromeOption', 'did you mean `goog:chromeOptions`?'], ['google:chromeOptions', 'did you mean `goog:chromeOptions`?'],
  ])('%s', (name, told) => {
    const fault = misnamedCapabilities(asked('platformName', name));
    expect(fault).toContain(`paddock.yaml:2:5  webdriver.capabilities, ${JSON.stringify(name)}: `);
    expect(fault).toContain(told);
  });

  test('of a driver\'s own names', () => {
    expect(unknownToDriver(asked('appium:executible'), driver)).toBe('paddock.yaml:1:5  webdriver.capabilities, "appium:executible": appium-chromium-driver 3.1.1 has no such capability and would ignore it; did you mean `appium:executable`?');
    expect(unknownToDriver(asked('appium:chromeOptions'), driver)).toMatch(/did you mean `goog:chromeOptions`\?$/);
    expect(unknownToDriver(asked('appium:bogusKey'), driver)).toMatch(/"appium:bogusKey": .*it has autodownloadEnabled, automationName, executable, platformVersion, udid$/);
    expect(unknownToDriver(asked('appium:udd', 'appium:autoDownloadEnabled'), driver)).toMatch(/paddock\.yaml:1:5 .*`appium:udid`\?; paddock\.yaml:2:5 .*`appium:autodownloadEnabled`\?$/);
  });

  test('of the one that Appium can not do without', () => {
    expect(standsFor('appium:automationName', asked('browserName', 'appium:automatonName'))).toMatch(/^paddock\.yaml:2:5 .*did you mean `appium:automationName`\?$/);
    expect(standsFor('appium:automationName', asked('browserName', 'appium:udid', 'appium:autoLaunch'))).toBeNull();
  });
});

test('names that are right are let be, and those of vendors that nothing is known of', () => {
  expect(misnamedCapabilities(asked('browserName', 'webSocketUrl', 'goog:chromeOptions', 'goog:testName', 'moz:profile', 'se:cdp', 'bstack:options', 'sauce:options', 'LT:Options', 'wdio:enforceWebDriverClassic', 'appium:automatonName'))).toBeNull();
  expect(unknownToDriver(asked('browserName', 'goog:chromeOptions', 'appium:udid', 'appium:platformName', 'appium:options', 'appium:settings', 'appium:settings[waitForIdleTimeout]'), driver)).toBeNull();
});
