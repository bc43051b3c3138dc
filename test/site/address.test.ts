import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM } from '../fixtures/report/chromium.ts';
import { lacks } from '../lacks.ts';
import { Browser, type Tab } from './browser.ts';
import { published, TINY_LAB, tinyStore } from './small.ts';
import { labCases } from './synthetic.ts';
import { kindOf, storeViews, VIEWS } from './views.ts';

/** What acts and leaves the view as it is. */
const ACTS = ['Copy', 'Save the raw latencies as CSV'];

/** A lab of so many nights that a table does not show them all at once. */
const LONG_LAB = { ...TINY_LAB, nights: 230, nightsWithResults: 1, firstNight: '2026-04-01T02:00:00.000Z', devices: ['pixel-8-a'], models: ['ppocr-rec'], variants: ['fp32'] };
const LONG_CASE = encodeURIComponent(labCases(LONG_LAB)[0]?.key ?? '');

/** One of each kind: views of a kind have the same controls. */
const TABLE: readonly (readonly [name: string, site: string, hash: string])[] = [
  ...[...new Map(Object.entries(VIEWS).toReversed().map(([name, hash]) => [kindOf(hash), [name, 'site', hash] as const])).values()].reverse(),
  ['trend of many nights', 'long', `trend?case=${LONG_CASE}&span=all`], ['device of many nights', 'long', 'devices?device=pixel-8-a&span=all'],
];

describe.skipIf(lacks('Chromium', CHROMIUM !== null, 'apt-get install chromium'))('any view can be sent as a link', () => {
  let folder = '';
  let browser: Browser;
  let sender: Tab;
  let receiver: Tab;
  const tried = new Set<string>();
  const addressOf = (site: string, hash: string): string => `${pathToFileURL(join(folder, site, 'index.html')).href}#/${hash}`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'paddock-address-'));
    storeViews(join(folder, 'store.sqlite'));
    await published(join(folder, 'store.sqlite'), join(folder, 'site'));
    tinyStore(join(folder, 'long.sqlite'), LONG_LAB);
    await published(join(folder, 'long.sqlite'), join(folder, 'long'));
    browser = await Browser.start(CHROMIUM ?? '');
    [sender, receiver] = [await browser.tab(), await browser.tab()];
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(TABLE)('%s: each choice that it has stands in the address, which gives the same view elsewhere and after a reload', async (_name, site, hash) => {
    await sender.open(addressOf(site, hash));
    const tryAll = async (controls: readonly Control[]): Promise<void> => {
      for (const control of controls) {
        if (ACTS.includes(control.name)) continue;
        const before = String(await sender.evaluate('location.href'));
        if (await use(sender, control) === 'nothing to choose') continue;
        await sender.until(`location.href !== ${JSON.stringify(before)}`).catch(() => { throw new Error(`${control.kind} “${control.name}” changes no address`); });
        await sender.drawn();
        await receiver.open(String(await sender.evaluate('location.href')));
        expect(await receiver.evaluate(WHAT_IS_SHOWN), `${control.kind} “${control.name}”`).toBe(await sender.evaluate(WHAT_IS_SHOWN));
        tried.add(`${control.kind} ${control.name}`);
      }
    };
    // What is unfolded first has controls, too.
    await tryAll((await controlsOf(sender)).filter(({ kind }) => kind === 'summary'));
    await tryAll((await controlsOf(sender)).filter(({ kind }) => kind !== 'summary'));
    const shown = await sender.evaluate(WHAT_IS_SHOWN);
    await sender.evaluate('window.isOld = true');
    await sender.send('Page.reload');
    await sender.until('window.isOld === undefined');
    await sender.drawn();
    expect(await sender.evaluate(WHAT_IS_SHOWN)).toBe(shown);
    expect(sender.complaints.splice(0)).toEqual([]);
  });

  test('all choices that pages are known to have were found', () => {
    for (const choice of ['metric', 'delegate', 'variant', 'workload', 'runtime', 'model', 'device', 'by', 'x', 'y', 'since', 'kind', 'state', 'span']) expect(tried).toContain(`select ${choice}`);
    for (const other of ['button Dark theme', 'button Show all 230 rows', 'chart Chart; left and right arrow keys read out each night']) expect(tried).toContain(other);
  });

  test('an address that asks for what is not here says so', async () => {
    await receiver.open(addressOf('site', 'matrix?delegate=npu'));
    expect(await receiver.text()).not.toContain('is not here');
    await receiver.open(addressOf('site', 'matrix?metric=nonsense&delegate=tpu'));
    expect(await receiver.text()).toContain('Metric “nonsense” is not here; shown is “Latency p50”.');
    expect(await receiver.text()).toContain('Delegate “tpu” is not here; shown is “best of all”.');
  });
});

interface Control {
  readonly kind: 'select' | 'summary' | 'chart' | 'button';
  readonly name: string;
  /** Among those of its kind, or of its name where that is its own. */
  readonly place: number;
}

/** Everything in the page that can be used; what draws nothing anew before what does, so that places hold. */
async function controlsOf(tab: Tab): Promise<readonly Control[]> {
  const found = await tab.evaluate(`({
    summary: [...document.querySelectorAll('summary')].map((each) => each.textContent), chart: [...document.querySelectorAll('[role=group][tabindex]')].map((each) => each.getAttribute('aria-label')),
    select: [...document.querySelectorAll('select')].map((each) => each.dataset.choice ?? '(no choice)'), button: [...document.querySelectorAll('button')].map((each) => each.textContent), unknown: [...document.querySelectorAll('input, textarea, [contenteditable], [role=button], [role=tab], [role=checkbox]')].map((each) => each.outerHTML),
  })`) as Readonly<Record<Control['kind'] | 'unknown', readonly string[]>>;
  expect(found.unknown, 'controls that this test knows no use of').toEqual([]);
  return (['summary', 'chart', 'select', 'button'] as const).flatMap((kind) => found[kind].map((name, place): Control => ({ kind, name, place })));
}

async function use(tab: Tab, { kind, name, place }: Control): Promise<'used' | 'nothing to choose'> {
  if (kind === 'summary') await tab.evaluate(`document.querySelectorAll('summary')[${place}].click()`);
  else if (kind === 'button') await tab.evaluate(`[...document.querySelectorAll('button')].find((each) => each.textContent === ${JSON.stringify(name)}).click()`);
  else if (kind === 'chart') {
    // In one go: keys that rest in between are written into the address one by one (page.test.ts presses real ones).
    await tab.evaluate(`for (const key of ['End', 'ArrowLeft', 'ArrowLeft']) document.querySelectorAll('[role=group][tabindex]')[${place}].dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))`);
  } else {
    return await tab.evaluate(`(() => {
      const box = document.querySelector('select[data-choice=${JSON.stringify(name)}]');
      const other = [...(box?.options ?? [])].findLast(({ value }) => value !== box.value);
      if (other === undefined) return 'nothing to choose';
      box.value = other.value;
      box.dispatchEvent(new Event('change', { bubbles: true }));
      return 'used';
    })()`) as 'used' | 'nothing to choose';
  }
  return 'used';
}

/** All that is drawn, and what is chosen; but neither what is only said aloud, nor what is folded, nor how long ago the newest run was, which goes on between two looks. */
const WHAT_IS_SHOWN = `(() => {
  const body = document.body.cloneNode(true);
  for (const each of body.querySelectorAll('.sr[role=status]')) each.textContent = '';
  for (const each of body.querySelectorAll('details:not([open]) > :not(summary)')) each.remove();
  return JSON.stringify([document.documentElement.dataset.theme ?? null, [...document.querySelectorAll('select')].map(({ value }) => value), body.innerHTML.replace(/began \\d+ \\w+ ago/, '')]);
})()`;
