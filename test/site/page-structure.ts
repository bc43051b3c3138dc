/** Expression for the page: what a screen reader or a keyboard would miss in it, in words. */
export const FAULTS = `(() => {
  const faults = [];
  const nameOf = (node) => (node.getAttribute('aria-label') ?? node.closest('label')?.firstChild?.textContent ?? (node.textContent.trim() || (node.querySelector('[aria-label]')?.getAttribute('aria-label') ?? ''))).trim();
  for (const node of document.querySelectorAll('a, button, select, input, summary, svg[role=img], [role=region], [role=group], nav')) if (nameOf(node) === '') faults.push('no name: ' + node.outerHTML.slice(0, 120));
  for (const node of document.querySelectorAll('a')) if (!node.hasAttribute('href')) faults.push('a link to nowhere: ' + node.outerHTML.slice(0, 120));
  for (const node of document.querySelectorAll('[tabindex]')) if (Number(node.getAttribute('tabindex')) > 0) faults.push('an order of its own: ' + node.outerHTML.slice(0, 120));
  for (const node of document.querySelectorAll('svg:not([role=img]):not([aria-hidden=true])')) faults.push('a drawing that is neither named nor hidden: ' + node.outerHTML.slice(0, 120));
  // What a chart shows is also there as figures: in the table below it, behind the link that it is, or in the folded table of the section's strips.
  for (const node of document.querySelectorAll('svg[role=img]')) {
    const table = node.closest('figure.chart')?.querySelector('details.raw') ?? node.closest('section')?.querySelector(':scope > details.raw');
    if (node.closest('a[href]') === null && (table ?? null) === null) faults.push('a chart without its figures: ' + node.getAttribute('aria-label'));
  }
  for (const node of document.querySelectorAll('table')) {
    if ((node.caption?.textContent ?? '').trim() === '') faults.push('a table without a caption');
    for (const cell of node.querySelectorAll('thead th')) if (cell.textContent.trim() === '' || cell.scope !== 'col') faults.push('a column without a head in ' + node.caption?.textContent);
  }
  const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((heading) => Number(heading.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1 || levels[0] !== 1) faults.push('headings begin with ' + levels.join(' '));
  levels.forEach((level, i) => { if (level > (levels[i - 1] ?? 0) + 1) faults.push('a heading of level ' + level + ' after one of ' + levels[i - 1] + ': ' + document.querySelectorAll('h1, h2, h3, h4, h5, h6')[i].textContent); });
  if (document.querySelectorAll('main').length !== 1 || document.querySelectorAll('nav').length !== 1 || document.documentElement.lang !== 'en' || document.title === '') faults.push('landmarks, language or title');
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) faults.push('an id twice');
  return faults;
})()`;

/** How much wider than the screen the page is, and controls that are smaller than 24 px (WCAG 2.2, 2.5.8; links in text are exempt). */
export const TOO_WIDE = `({ overPx: document.documentElement.scrollWidth - innerWidth, small: [...document.querySelectorAll('button, select, input, nav a')].filter((node) => node.getClientRects().length > 0 && Math.min(node.getBoundingClientRect().width, node.getBoundingClientRect().height) < 24).map((node) => node.textContent) })`;

/** What the Tab key should come to, in this order: all that can be acted on or scrolled and is drawn. */
export const TAB_STOPS = `(() => {
  window.stops = [...document.querySelectorAll('a[href], button, select, input, summary, [tabindex="0"]')].filter((node) => node.getClientRects().length > 0 && !node.disabled);
  return window.stops.map((node) => node.outerHTML.slice(0, 100));
})()`;

/** Where the focus is among those; whether it can be seen there, and is not behind something that stays in place. */
export const FOCUSED = `(() => {
  const node = document.activeElement;
  const { left, top, width, height } = node.getBoundingClientRect();
  const at = document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, left + Math.min(width, 40) / 2)), Math.min(innerHeight - 1, Math.max(0, top + Math.min(height, 20) / 2)));
  return { at: window.stops.indexOf(node), isInSight: at !== null && (node.contains(at) || at.contains(node)) };
})()`;
