import { describe, expect, test } from 'vitest';
import { CHROMEDRIVER, CHROMIUM, lacksBrowser } from '../transport/browser.ts';
import { expectClean, Place } from './paddock.ts';

interface Finding {
  readonly what: string;
  readonly state: string;
  readonly detail: string;
  readonly mend: string | null;
}

async function findings(lab: string, env: Readonly<Record<string, string>> = {}): Promise<(what: string) => Finding | undefined> {
  using place = new Place('pdb-');
  const config = place.write('lab-a.yaml', lab);
  const outcome = await place.call(['doctor', '--config', config, '--json'], { env, timeoutMs: 280_000 });
  expectClean(outcome);
  const told = JSON.parse(outcome.stdout) as { readonly findings: readonly Finding[] };
  return (what) => told.findings.find((finding) => finding.what === what);
}

describe('what doctor says of browsers', () => {
  test.skipIf(lacksBrowser)('the browser, its driver and their versions; Appium\'s drivers with the command that installs one; Appium itself is tried where the lab needs it', async () => {
    const of = await findings(`adb: []
devices:
  - { id: good, browser: {} }
  - { id: other, browser: { driver: /usr/bin/env } }
  - { id: gone, browser: { binary: /nowhere/chrome } }
  - { id: served, webdriver: { capabilities: { "appium:automationName": Chromium } } }
  - { id: slip, webdriver: { capabilities: { browsrName: chrome, "appium:automationName": Chromium } } }
  - { id: fetches, webdriver: { url: "http://127.0.0.1:4723", capabilities: { "appium:automationName": Chromium, "appium:autodownloadEnabled": true } } }
`);
    expect(of('browser good')).toMatchObject({ state: 'ok', detail: expect.stringMatching(new RegExp(`^${CHROMIUM} [\\d.]+, ${CHROMEDRIVER} [\\d.]+$`)) as string });
    expect(of('browser other')).toMatchObject({ state: 'broken', detail: expect.stringContaining('drives the browser of its own version only') as string });
    expect(of('browser gone')).toMatchObject({ state: 'broken', detail: expect.stringContaining('/nowhere/chrome') as string });
    expect(of('webdriver served')).toBeUndefined();
    expect(of('webdriver slip')).toMatchObject({ state: 'broken', detail: expect.stringMatching(/lab-a\.yaml:7:\d+ .*"browsrName": .*did you mean `browserName`\?/) as string });
    expect(of('webdriver fetches')).toMatchObject({ state: 'broken', detail: expect.stringMatching(/lab-a\.yaml:8:\d+ .*no driver download anything/) as string });
    expect(of('Appium chromium')).toMatchObject({ state: 'ok' });
    expect(of('Appium xcuitest')).toMatchObject({ state: 'absent', mend: expect.stringMatching(/^npm install --no-save --prefix \S+ appium-xcuitest-driver$/) as string });
    expect(of('Appium')).toMatchObject({ state: 'ok', detail: expect.stringMatching(/^3\..* starts with chromium$/) as string });
  });

  test('an APPIUM_HOME that is not there, and a driver that the lab needs and nobody has installed', async () => {
    const lab = 'adb: []\ndevices:\n  - { id: phone, webdriver: { address: 127.0.0.1, capabilities: { "appium:automationName": XCUITest, "appium:udid": U1 } } }\n';
    expect((await findings(lab, { APPIUM_HOME: '/nowhere' }))('Appium')).toMatchObject({ state: 'broken', detail: 'APPIUM_HOME is /nowhere, which is no folder' });
    expect((await findings(lab))('Appium')).toMatchObject({ state: 'broken', detail: expect.stringContaining('"XCUITest"') as string, mend: expect.stringContaining('appium-xcuitest-driver') as string });
  });
});
