import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readScorecard } from '../../src/site/page-parts.ts';
import { CHROMIUM } from '../fixtures/report/chromium.ts';
import { lacks } from '../lacks.ts';
import { Browser, type Tab } from './browser.ts';
import { FOCUS_RING, LOW_GRAPHICS, LOW_TEXT } from './low-contrast.ts';
import { FAULTS, FOCUSED, TAB_STOPS, TOO_WIDE } from './page-structure.ts';
import { INSTALL, published } from './small.ts';
import { kindOf, storeViews, VIEWS } from './views.ts';

const WIDE = [1200, 900] as const;
/** A phone, and the narrowest that WCAG 2.2 asks for (1.4.10). */
const PHONES = [[375, 800], [320, 640]] as const;

describe.skipIf(lacks('Chromium', CHROMIUM !== null, 'apt-get install chromium'))('every view', () => {
  let folder = '';
  let browser: Browser;
  let tab: Tab;
  const linked = new Set<string>();
  const open = async (view: string): Promise<void> => { await tab.open(`${pathToFileURL(join(folder, 'site', 'index.html')).href}#/${VIEWS[view] ?? ''}`); };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'paddock-views-'));
    storeViews(join(folder, 'store.sqlite'));
    await published(join(folder, 'store.sqlite'), join(folder, 'site'), await readScorecard(INSTALL));
    browser = await Browser.start(CHROMIUM ?? '');
    tab = await browser.tab();
    // What the focus moves to is in sight at once, not while the page still glides there.
    await tab.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-reduced-motion', value: 'reduce' }] });
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(Object.keys(VIEWS))('%s: contrast in light and dark, phone width, names, figures beside charts, keyboard', async (view) => {
    await open(view);
    for (const theme of ['light', 'dark']) {
      await tab.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
      expect(await tab.evaluate(LOW_TEXT), `text, ${theme}`).toEqual([]);
      expect(await tab.evaluate(LOW_GRAPHICS), `marks and edges, ${theme}`).toEqual([]);
    }
    // What is folded counts, too.
    await tab.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
    await tab.until(`[...document.querySelectorAll('details')].every((details) => details.childElementCount > 1)`);
    expect(await tab.evaluate(FAULTS)).toEqual([]);
    for (const [width, height] of PHONES) {
      await tab.resize(width, height);
      expect(await tab.evaluate(TOO_WIDE), `${width} px`).toEqual({ overPx: 0, small: [] });
    }
    await tab.resize(...PHONES[0]);
    await walk(tab);
    await tab.resize(...WIDE);
    for (const address of await tab.evaluate(`[...document.querySelectorAll('a[href^="#/"]')].map((link) => link.hash)`) as readonly string[]) linked.add(kindOf(address));
    expect(tab.complaints.splice(0)).toEqual([]);
  });

  test('the checks find what is wrong', async () => {
    await open('devices');
    await tab.evaluate(`(() => {
      const style = new CSSStyleSheet();
      style.replaceSync('.faint { color: #bbb; fill: #eee; border: 1px solid #eee; } button.faint { height: 12px; } .wide { width: 2000px; height: 9px; } .notice a:focus-visible { outline: none; }');
      document.adoptedStyleSheets = [style];
      document.querySelector('main').insertAdjacentHTML('beforeend', '<p class="faint">faint</p><svg role="img" aria-label="alone"><rect class="faint" width="9" height="9"/></svg><button class="faint"></button><div class="wide"></div><h4>deep</h4><table><thead><tr><th></th></tr></thead></table>');
    })()`);
    expect(await tab.evaluate(LOW_TEXT)).toHaveLength(1);
    expect(await tab.evaluate(LOW_GRAPHICS)).toHaveLength(2);
    expect(await tab.evaluate(FAULTS)).toHaveLength(5);
    expect(await tab.evaluate(TOO_WIDE)).toMatchObject({ small: [''] });
    expect((await tab.evaluate(TOO_WIDE) as { overPx: number }).overPx).toBeGreaterThan(500);
    await tab.evaluate(`document.querySelector('nav').classList.add('notice')`);
    await expect(walk(tab)).rejects.toThrow(/none/);
  });

  test('are all kinds of views that any of them links to', () => {
    const known = new Set(Object.values(VIEWS).map(kindOf));
    expect([...linked].filter((kind) => !known.has(kind))).toEqual([]);
    expect(linked.size).toBeGreaterThan(8);
  });
});

/** Tab comes to everything that can be acted on, in the order of the page, and shows where it is. */
async function walk(tab: Tab): Promise<void> {
  const stops = await tab.evaluate(TAB_STOPS) as readonly string[];
  await tab.evaluate(`(document.activeElement?.blur(), scrollTo(0, 0))`);
  for (const [i, stop] of stops.entries()) {
    await tab.press('Tab');
    expect(await tab.evaluate(FOCUSED), stop).toEqual({ at: i, isInSight: true });
    const { style, widthPx, contrast } = await tab.evaluate(FOCUS_RING) as { style: string; widthPx: number; contrast: number };
    expect(style, stop).not.toBe('none');
    expect(widthPx, stop).toBeGreaterThanOrEqual(2);
    expect(contrast, stop).toBeGreaterThanOrEqual(3);
  }
}
