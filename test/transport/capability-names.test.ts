import { describe, expect, test } from 'vitest';
import { likelySlips, misnamedCapabilities, standsFor, unknownToDriver } from '../../src/transport/capability-names.ts';
import { refusedCapabilities } from '../../src/transport/capability-refusals.ts';

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
  expect(misnamedCapabilities(asked('browserName', 'webSocketUrl', 'goog:chromeOptions', 'goog:testName', 'moz:profile', 'se:cdp', 'bstack:options', 'sauce:options', 'LT:Options', 'appium:automatonName'))).toBeNull();
  expect(unknownToDriver(asked('browserName', 'goog:chromeOptions', 'appium:udid', 'appium:platformName', 'appium:settings', 'appium:settings[waitForIdleTimeout]'), driver)).toBeNull();
});

describe('what is known and not let through is told with its place', () => {
  const places = { 'appium:autodownloadEnabled': 'paddock.yaml:4:9' };
  test.each([[true], ['true'], [null]])('a driver is to download a chromedriver: %j', (value) => {
    expect(refusedCapabilities({ capabilities: { 'appium:autodownloadEnabled': value }, places })).toMatch(/^paddock\.yaml:4:9 {2}webdriver\.capabilities, "appium:autodownloadEnabled": Paddock lets no driver download anything: .*`appium:executable`$/);
  });

  test.each([
    ['appium:app', 'https://example.org/app.apk', /name a file/], ['appium:otherApps', ['/a.apk', 'http://example.org/b.apk'], /name a file/], ['appium:options', { automationName: 'Chromium' }, /write each as `appium:NAME`/],
    ['wdio:chromedriverOptions', {}, /leave it out/], ['wdio:enforceWebDriverClassic', false, /classic protocol/], ['webSocketUrl', true, /classic protocol/],
  ])('%s', (name, value, told) => {
    expect(refusedCapabilities({ capabilities: { browserName: 'chrome', [name]: value } })).toMatch(told);
  });

  test('not what asks for nothing of that kind', () => {
    expect(refusedCapabilities({ capabilities: { 'appium:autodownloadEnabled': false, 'appium:app': '/srv/app.apk', webSocketUrl: false, browserName: 'chrome', 'goog:chromeOptions': { args: ['--headless=new'] } } })).toBeNull();
  });
});

test('where a server elsewhere has refused, names that look like slips are told, and no others', () => {
  expect(likelySlips(asked('browserName', 'appium:executible', 'appium:udid', 'appium:chromedriverPorts', 'appium:myOwnThing', 'goog:chromeOptions'))).toBe('paddock.yaml:2:5  webdriver.capabilities, "appium:executible": did you mean `appium:executable`?');
  expect(likelySlips(asked('browserName', 'appium:automationName'))).toBeNull();
});
