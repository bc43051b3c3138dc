import { plainText } from '../../src/report/plain-text.ts';
import { Catalogue } from './catalogue.ts';
import { scrollToNight } from './chart/frame.ts';
import { h } from './element.ts';
import { listen, OutdatedPageError, overview } from './load.ts';
import { watchForNews } from './news.ts';
import { PAGES } from './pages.ts';
import { linkTo, readRoute } from './route.ts';
import { applyTheme, themeButton } from './theme.ts';

listen();

const main = h('main', { id: 'main', tabindex: '-1' });
const navigation = h('nav', { 'aria-label': 'Pages' });
const status = h('p', { class: 'sr', role: 'status' });
let drawn = 0;
let lastPage: string | null = null;

function drawNavigation(page: string): void {
  navigation.replaceChildren(...Object.entries(PAGES).flatMap(([name, { label }]) => (label === null ? [] : [h('a', { href: linkTo(name), 'aria-current': name === page ? 'page' : null }, label)])));
}

function trouble(error: unknown): HTMLElement {
  if (error instanceof OutdatedPageError) {
    const again = h('button', { type: 'button', class: 'plain' }, 'Load the new one');
    again.addEventListener('click', () => { location.reload(); });
    return h('div', { class: 'callout', role: 'alert' }, h('p', {}, 'This page is older than its data: a newer site has been published in its place.'), again);
  }
  return h('div', { class: 'callout', role: 'alert' }, h('p', {}, `This view could not be drawn: ${error instanceof Error ? error.message : String(error)}`));
}

/** What the address asks for and the view's choices don't have: said, as what is shown is something else. */
function notHere(choices: URLSearchParams): readonly HTMLElement[] {
  return [...main.querySelectorAll<HTMLSelectElement>('select[data-choice]')].flatMap((box) => {
    const wanted = choices.get(box.dataset['choice'] ?? '');
    return wanted === null || wanted === box.value ? [] : [h('p', { class: 'callout' }, `${box.labels[0]?.firstChild?.textContent ?? ''} “${wanted}” is not here; shown is “${box.selectedOptions[0]?.text ?? ''}”.`)];
  });
}

/** Draws what the address says. Focus goes to the heading when the page changes, and stays on a control whose choice was changed. */
async function draw(catalogue: Catalogue): Promise<void> {
  const { page, choices } = readRoute();
  const turn = ++drawn;
  const moved = lastPage !== null && lastPage !== page;
  const choice = document.activeElement instanceof HTMLElement ? (document.activeElement.dataset['choice'] ?? null) : null;
  lastPage = page;
  document.documentElement.dataset['view'] = 'drawing';
  applyTheme();
  drawNavigation(page);
  const known = Object.hasOwn(PAGES, page) ? PAGES[page] : undefined;
  const heading = h('h1', { tabindex: '-1' });
  try {
    if (known === undefined) throw new Error(`there is no page "${page}"`);
    const view = known.draw(catalogue, choices);
    if (view instanceof Promise) status.textContent = 'loading';
    const { title, lead, body, later } = await view;
    if (turn !== drawn) return;
    heading.append(plainText(title));
    document.title = `${plainText(title)} – Paddock`;
    main.replaceChildren(heading, ...(lead === null ? [] : [h('div', { class: 'lead' }, lead)]), h('div', {}, body));
    main.querySelector('.controls')?.before(...notHere(choices));
    // A choice is answered aloud, too.
    status.textContent = choice === null ? '' : (main.querySelector('.lead')?.textContent ?? title);
    for (const frame of main.querySelectorAll('.chart-frame:has(svg.plot:not(.narrow))')) scrollToNight(frame);
    if (moved) {
      scrollTo(0, 0);
      heading.focus({ preventScroll: true });
    } else if (choice !== null) main.querySelector<HTMLElement>(`[data-choice="${CSS.escape(choice)}"]`)?.focus();
    performance.mark('paddock:view');
    await later?.();
    performance.mark('paddock:later');
    if (turn !== drawn) return;
  } catch (error) {
    if (turn !== drawn) return;
    status.textContent = '';
    main.replaceChildren(h('h1', {}, 'Not shown'), trouble(error));
  }
  document.documentElement.dataset['view'] = 'drawn';
}

async function start(): Promise<void> {
  applyTheme();
  document.body.replaceChildren(
    h('a', { class: 'skip', href: '#main' }, 'To the content'),
    h('header', { class: 'bar' }, h('span', { class: 'brand' }, 'Paddock'), navigation, h('span', { class: 'spacer' }), themeButton()),
    main, status, h('footer', {}, 'All times are UTC. A number stands with its 95 % interval over launches; one that was not measured is absent with the reason.'),
  );
  document.querySelector('.skip')?.addEventListener('click', (event) => {
    event.preventDefault();
    main.focus();
  });
  const catalogue = new Catalogue(await overview());
  addEventListener('hashchange', () => { void draw(catalogue); });
  await draw(catalogue);
  watchForNews();
}

void start();
