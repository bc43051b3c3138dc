import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadLab } from '../../src/cli/lab-file.ts';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'paddock-lab-')); });
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

const write = (text: string, name = 'paddock.yaml'): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('the nearest paddock.yaml above the working folder counts; none is no fault', async () => {
  const deep = join(folder, 'a', 'b');
  mkdirSync(deep, { recursive: true });
  const path = write('devices: [{ id: pi, ssh: { host: pi.lab, user: me, identityFile: keys/pi, jump: { host: gate, user: me, identityFile: ~/.ssh/gate } } }]\npools: { boards: [pi] }\nprofiles: [mine]');
  const { lab, path: found } = await loadLab(undefined, deep);
  expect(found).toBe(path);
  expect(lab.devices[0]?.ssh).toMatchObject({ host: 'pi.lab', port: 22, identityFile: join(folder, 'keys/pi'), jump: { identityFile: join(homedir(), '.ssh/gate') } });
  expect(lab.profiles).toEqual([join(folder, 'mine')]);
  rmSync(path);
  expect(await loadLab(undefined, '/')).toMatchObject({ path: null, lab: { devices: [] } });
});

test('--config names another file', async () => {
  write('devices: []');
  const other = write('pools: { p: [a] }', 'other lab.yaml');
  expect((await loadLab('other lab.yaml', folder)).path).toBe(other);
});

test.each<[name: string, text: string, told: RegExp]>([
  ['unknown key', 'devices: [{ id: a, adb: { serial: x }, recovr: [x] }]', /paddock\.yaml:1:\d+ {2}devices\[0\]\.recovr: unknown key `recovr`; did you mean `recover`/],
  ['no way there', 'devices: [{ id: a }]', /paddock\.yaml:1:\d+ {2}devices\[0\]: a device is reached by `adb`, `ssh`, `browser` or `webdriver`/],
  ['two ways there', 'devices: [{ id: a, adb: { serial: x }, ssh: { host: h, user: u } }]', /reached by `adb`, `ssh`, `browser` or `webdriver`: give one/],
  ['the same id twice', 'devices:\n  - { id: a, adb: { serial: x } }\n  - { id: a, adb: { serial: y } }', /paddock\.yaml:3:\d+ {2}devices\[1\]\.id: a is there twice/],
  ['the same serial twice', 'devices:\n  - { id: a, adb: { serial: x } }\n  - { id: b, adb: { serial: x } }', /paddock\.yaml:3:\d+ {2}devices\[1\]\.adb/],
  ['this machine under another way', 'devices: [{ id: local, adb: { serial: x } }]', /"local" is this machine/],
  ['a folder that a loader would take for two', 'devices: [{ id: a, adb: { serial: x }, folder: "/data/a;b" }]', /devices\[0\]\.folder: .*without ":" and ";"/],
  ['an id that is a path', 'devices: [{ id: ../x, adb: { serial: x } }]', /devices\[0\]\.id: use letters/],
  ['a secret in the file', 'devices: [{ id: a, ssh: { host: h, user: u, password: secret } }]', /unknown key `password`/],
  ['a switch without dashes', 'devices: [{ id: b, browser: { args: [headless] } }]', /devices\[0\]\.browser\.args\[0\]/],
  ['a profile for a browser', 'devices: [{ id: b, browser: {}, profile: p }]', /devices\[0\]\.profile: `profile` is not for browsers/],
  ['a password in the URL of a grid', 'devices: [{ id: g, webdriver: { url: "https://me:secret@grid/wd/hub", capabilities: {} } }]', /devices\[0\]\.webdriver\.url: .*without a user name or password/],
  ['a user that nobody asks for', 'devices: [{ id: g, webdriver: { user: "env:U", key: "env:K", capabilities: {} } }]', /1:\d+ {2}devices\[0\]\.webdriver\.user: .*for the server at `url`/],
  ['a key without its user, which would not be sent', 'devices: [{ id: g, webdriver: { url: "https://grid/wd/hub", address: host-a, key: "env:K", capabilities: {} } }]', /devices\[0\]\.webdriver\.key: .*`user`.*give both/],
  ['two ways from a phone to the page', 'devices: [{ id: p, webdriver: { address: host-a, reverse: { serial: S1 }, capabilities: { platformName: Android, "appium:automationName": UiAutomator2, "appium:udid": S1 } } }]', /devices\[0\]\.webdriver\.address: .*give one/],
  ['a browser elsewhere that would be sent to its own loopback', 'devices: [{ id: g, webdriver: { url: "https://grid/wd/hub", capabilities: {} } }]', /devices\[0\]\.webdriver\.address: .*needs `address`.*`reverse`/],
  ['a phone behind an Appium of this machine that would be sent to its own loopback', 'devices: [{ id: p, webdriver: { capabilities: { platformName: Android, "appium:automationName": UiAutomator2, "appium:udid": S1 } } }]', /devices\[0\]\.webdriver\.address: .*needs `address`.*`reverse`/],
  ['so is one that only its driver tells to be a phone', 'devices: [{ id: p, webdriver: { url: "http://127.0.0.1:4723", capabilities: { "appium:automationName": XCUITest, "appium:udid": S1 } } }]', /devices\[0\]\.webdriver\.address: .*needs `address`/],
  ['a phone whose name has a slip in its key', 'devices: [{ id: p, webdriver: { address: lab, capabilities: { platformName: iOS, "appium:udidd": S1 } } }]', /devices\[0\]\.webdriver\.capabilities: a phone needs `"appium:udid"`/],
  ['a phone whose serial is digits alone', 'devices: [{ id: p, webdriver: { address: lab, capabilities: { platformName: Android, "appium:udid": 988627353139484145 } } }]', /devices\[0\]\.webdriver\.capabilities: .*put it in quotes/],
  ['a cable of another phone', 'devices: [{ id: p, webdriver: { reverse: { serial: S2 }, capabilities: { platformName: Android, "appium:udid": S1 } } }]', /devices\[0\]\.webdriver\.reverse: .*S2.*another phone, S1/],
  ['any address in place of this machine\'s', 'devices: [{ id: g, webdriver: { url: "https://grid/wd/hub", address: 0.0.0.0, capabilities: {} } }]', /devices\[0\]\.webdriver\.address: .*any address/],
  ['a key itself in place of its variable', 'devices: [{ id: g, webdriver: { url: "https://grid/wd/hub", key: abcdef, capabilities: {} } }]', /devices\[0\]\.webdriver\.key: env:NAME/],
  ['no YAML', 'devices: [', /paddock\.yaml:1/],
])('%s is told with its place', async (_, text, told) => {
  write(text);
  await expect(loadLab(undefined, folder)).rejects.toThrow(told);
});

test('a file that is not there, or is a folder, is told', async () => {
  await expect(loadLab('nowhere.yaml', folder)).rejects.toThrow(/nowhere\.yaml can not be read/);
  await expect(loadLab('.', folder)).rejects.toThrow(/is no file/);
});
