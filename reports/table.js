// The results table of report.html: draws the rows that the page carries as data; filters, sorts, pages, unfolds. Texts are set as text,
// never as markup. The state is in the address, so that a view can be shared.

/** @typedef {[number, number | null, number | null, number] | number} Cell value, low, high, n; or the text that says why it is absent, -1 for none */
/** @typedef {[number, number, number, number, number, number, number, number, number, string, number, number[], number[], number, string, Cell[]]} Row see src/report/html/result-rows.ts */
/** @typedef {{ name: string, unit: string, label: string, meaning: string | null, better: string | null }} Column */

const ROWS_A_PAGE = 100;
const MODEL = 0, VARIANT = 1, WORKLOAD = 4, SCENARIO = 5, DEVICE = 6, THREADS = 7, BATCH = 8, STATUS = 9, STANDING = 10, REASONS = 11, WARNINGS = 12, PROVENANCE = 13, REPRO = 14, METRICS = 15;
const FIRST_COLUMNS = ['latency_p50', 'latency_p99', 'sps', 'peak_memory', 'model_size'];

/** @type {Row[]} */
const rows = JSON.parse(textOf('rows'));
/** @type {{ texts: string[], metrics: Column[], verdicts: { status: string, mark: string, meaning: string }[], detailed: number }} */
const words = JSON.parse(textOf('words'));
const columns = words.metrics;
const marks = new Map(words.verdicts.map((verdict) => [verdict.status, verdict.mark]));
/** @type {Map<string, number[]>} the greatest trusted value of each metric, by group of comparable rows */
const scales = new Map();
/** @type {Set<number>} */
const unfolded = new Set();

const state = readState();
let page = 0;

/** @param {string} id */
function textOf(id) {
  return document.getElementById(id)?.textContent ?? 'null';
}

/** @param {string} id */
function control(id) {
  return /** @type {HTMLInputElement & HTMLSelectElement} */ (document.getElementById(id));
}

/** @param {number} number */
function word(number) {
  return words.texts[number] ?? '';
}

/** @template {keyof HTMLElementTagNameMap} T @param {T} tag @param {Record<string, string>} attributes @param {...(Node | string)} children @returns {HTMLElementTagNameMap[T]} */
function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function readState() {
  const given = new URLSearchParams(location.hash.slice(1));
  const [key = 'plan', direction = 'ascending'] = (given.get('sort') ?? '').split(':');
  const known = ['case', 'device', 'verdict', ...columns.map((column) => column.name)].includes(key);
  const wanted = given.get('columns')?.split(',') ?? FIRST_COLUMNS;
  const visible = columns.map((column) => column.name).filter((name) => wanted.includes(name) || (!given.has('columns') && name.startsWith('quality_')));
  return { find: given.get('find') ?? '', verdict: given.get('verdict') ?? '', model: given.get('model') ?? '', device: given.get('device') ?? '', sort: known ? key : 'plan', direction: direction === 'descending' ? 'descending' : 'ascending', visible };
}

function writeState() {
  const next = new URLSearchParams();
  const { theme } = document.documentElement.dataset;
  if (theme !== undefined) next.set('theme', theme);
  for (const name of /** @type {const} */ (['find', 'verdict', 'model', 'device'])) if (state[name] !== '') next.set(name, state[name]);
  if (state.sort !== 'plan') next.set('sort', `${state.sort}:${state.direction}`);
  const usual = columns.map((column) => column.name).filter((name) => FIRST_COLUMNS.includes(name) || name.startsWith('quality_'));
  if (state.visible.join() !== usual.join()) next.set('columns', state.visible.join());
  history.replaceState(null, '', next.size === 0 ? location.pathname + location.search : `#${next}`);
}

/** @param {Row} row */
function label(row) {
  const options = [row[THREADS] === 1 ? '1 thread' : `${row[THREADS]} threads`, `batch ${row[BATCH]}`];
  return [...row.slice(VARIANT, WORKLOAD).map((number) => word(/** @type {number} */ (number))), ...options, word(row[WORKLOAD])].join(' · ');
}

/** @param {Row} row */
function group(row) {
  return `${row[MODEL]} ${row[WORKLOAD]} ${row[SCENARIO]} ${row[DEVICE]} ${row[BATCH]}`;
}

for (const row of rows) {
  if (row[STATUS] !== 'ok') continue;
  const scale = scales.get(group(row)) ?? columns.map(() => 0);
  scales.set(group(row), scale);
  for (const [i, cell] of row[METRICS].entries()) if (typeof cell !== 'number') scale[i] = Math.max(scale[i] ?? 0, cell[2] ?? cell[0]);
}

/** @returns {number[]} indices of the rows to show, in order */
function selected() {
  const needles = state.find.toLowerCase().split(/\s+/).filter((part) => part !== '');
  const chosen = [...rows.keys()].filter((i) => matches(/** @type {Row} */ (rows[i]), needles));
  const compare = comparator();
  return compare === null ? chosen : chosen.sort((a, b) => compare(/** @type {Row} */ (rows[a]), /** @type {Row} */ (rows[b])) || a - b);
}

/** @param {Row} row @param {string[]} needles */
function matches(row, needles) {
  if (state.verdict !== '' && row[STATUS] !== state.verdict) return false;
  if (state.model !== '' && word(row[MODEL]) !== state.model) return false;
  if (state.device !== '' && word(row[DEVICE]) !== state.device) return false;
  if (needles.length === 0) return true;
  const text = [word(row[MODEL]), label(row), word(row[DEVICE]), row[STATUS], ...row[REASONS].map(word), ...row[WARNINGS].map(word)].join(' ').toLowerCase();
  return needles.every((needle) => text.includes(needle));
}

/** @returns {((a: Row, b: Row) => number) | null} */
function comparator() {
  const sign = state.direction === 'ascending' ? 1 : -1;
  const order = new Map(words.verdicts.map((verdict, i) => [verdict.status, i]));
  switch (state.sort) {
    case 'plan': return null;
    case 'case': return (a, b) => sign * `${word(a[MODEL])} ${label(a)}`.localeCompare(`${word(b[MODEL])} ${label(b)}`, 'en', { numeric: true });
    case 'device': return (a, b) => sign * word(a[DEVICE]).localeCompare(word(b[DEVICE]), 'en', { numeric: true });
    case 'verdict': return (a, b) => sign * ((order.get(a[STATUS]) ?? 0) - (order.get(b[STATUS]) ?? 0));
    default: {
      // What is absent or not to be trusted has no rank: it stays at the end in either direction.
      const at = columns.findIndex((column) => column.name === state.sort);
      const value = (/** @type {Row} */ row) => { const cell = row[METRICS][at]; return row[STATUS] === 'ok' && typeof cell === 'object' ? cell[0] : null; };
      return (a, b) => { const x = value(a), y = value(b); return x === null || y === null ? Number(x === null) - Number(y === null) : sign * (x - y); };
    }
  }
}

/** @param {Row} row @param {number} index @param {Cell | undefined} cell @param {Column} column */
function metricCell(row, index, cell, column) {
  if (typeof cell !== 'object') {
    const reason = cell === undefined || cell < 0 ? 'not measured' : word(cell);
    return element('td', { role: 'cell', class: 'num', 'data-label': column.label }, element('span', { class: 'absent', title: reason }, '—', element('span', { class: 'sr' }, ` ${reason}`)));
  }
  const [value, low, high] = cell;
  const estimate = { value, low, high };
  const trusted = row[STATUS] === 'ok';
  const number = element('span', { class: trusted ? 'value' : 'value untrusted' }, numberFormat.withUnit(numberFormat.value(estimate), column.unit));
  const td = element('td', { role: 'cell', class: 'num', 'data-label': column.label, title: `${trusted ? '' : 'not to be trusted; '}${numberFormat.interval(estimate, column.unit)}, n = ${cell[3]}` }, number);
  const spread = numberFormat.spread(estimate);
  if (trusted && spread !== '') td.append(' ', element('small', { class: 'spread' }, spread));
  const greatest = scales.get(group(row))?.[index] ?? 0;
  if (trusted && greatest > 0) td.append(bar(value, low ?? value, high ?? value, greatest));
  return td;
}

/** @param {number} value @param {number} low @param {number} high @param {number} greatest */
function bar(value, low, high, greatest) {
  const percent = (/** @type {number} */ x) => `${Math.min(100, Math.max(0, (100 * x) / greatest)).toFixed(2)}%`;
  const track = element('span', { class: 'bar-track', 'aria-hidden': 'true' }, element('i', {}), element('u', {}), element('b', {}));
  const [length, interval, dot] = /** @type {HTMLElement[]} */ ([...track.children]);
  length?.style.setProperty('width', percent(value));
  interval?.style.setProperty('left', percent(low));
  interval?.style.setProperty('width', percent(high - low));
  dot?.style.setProperty('left', percent(value));
  return track;
}

/** @param {number} index */
function rowElement(index) {
  const row = /** @type {Row} */ (rows[index]);
  const open = unfolded.has(index);
  const star = row[STANDING] === 2 ? element('span', { class: 'best', title: 'best of its model, workload and device' }, '★', element('span', { class: 'sr' }, ' best')) : row[STANDING] === 1 ? element('span', { class: 'best', title: 'level with the best: the intervals overlap' }, '☆', element('span', { class: 'sr' }, ' level with the best')) : '';
  const toggle = element('button', { type: 'button', class: 'unfold', 'aria-expanded': String(open), 'data-row': String(index) }, element('b', {}, word(row[MODEL])), ' ', star, element('span', { class: 'case-label' }, label(row)));
  const verdict = element('span', { class: `verdict ${row[STATUS]}` }, element('span', { 'aria-hidden': 'true' }, marks.get(row[STATUS]) ?? ''), ` ${row[STATUS]}`);
  const why = row[STATUS] === 'ok' ? '' : element('small', { class: 'reason-line' }, row[REASONS].map(word).join('; '));
  const tr = element('tr', { role: 'row', class: row[STATUS] }, element('th', { scope: 'row', role: 'rowheader' }, toggle), element('td', { role: 'cell', 'data-label': 'Device' }, word(row[DEVICE])), element('td', { role: 'cell', class: 'verdict-cell' }, verdict, why));
  for (const [i, column] of columns.entries()) if (state.visible.includes(column.name)) tr.append(metricCell(row, i, row[METRICS][i], column));
  return open ? [tr, unfoldedRow(row, index)] : [tr];
}

/** @param {Row} row @param {number} index */
function unfoldedRow(row, index) {
  const list = element('dl', { class: 'facts' });
  for (const [i, column] of columns.entries()) {
    const cell = row[METRICS][i];
    const text = typeof cell === 'object' ? `${numberFormat.quantity({ value: cell[0], low: cell[1], high: cell[2] }, column.unit)} (n = ${cell[3]})` : `— ${cell === undefined || cell < 0 ? 'not measured' : word(cell)}`;
    list.append(element('div', {}, element('dt', {}, column.label), element('dd', { class: typeof cell === 'object' ? (row[STATUS] === 'ok' ? '' : 'untrusted') : 'absent' }, text)));
  }
  const body = element('div', { class: 'unfolded' });
  for (const reason of [...row[REASONS], ...row[WARNINGS]]) body.append(element('p', { class: 'why-line' }, word(reason)));
  body.append(list);
  if (row[PROVENANCE] >= 0) body.append(element('p', { class: 'note' }, word(row[PROVENANCE])));
  body.append(element('div', { class: 'command' }, element('pre', { tabindex: '0' }, element('code', {}, row[REPRO])), element('button', { type: 'button', 'data-copy': '' }, 'Copy')));
  if (index < words.detailed) body.append(element('p', {}, element('a', { href: `#case-${index}` }, 'Charts, launches, placement and provenance of this case')));
  const td = element('td', { colspan: String(3 + state.visible.length), role: 'cell' }, body);
  return element('tr', { role: 'row', class: 'unfolded-row' }, td);
}

function drawHead() {
  const cells = /** @type {[string, string, string][]} */ ([['case', 'Case', ''], ['device', 'Device', ''], ['verdict', 'Verdict', ''], ...columns.filter((column) => state.visible.includes(column.name)).map((column) => [column.name, column.label, column.meaning ?? ''])]);
  const tr = element('tr', { role: 'row' });
  for (const [key, name, meaning] of cells) {
    const active = state.sort === key;
    const button = element('button', { type: 'button', 'data-sort': key, title: meaning }, name, element('span', { 'aria-hidden': 'true', class: 'arrow' }, active ? (state.direction === 'ascending' ? ' ↑' : ' ↓') : ''));
    tr.append(element('th', { scope: 'col', role: 'columnheader', class: ['case', 'device', 'verdict'].includes(key) ? '' : 'num', 'aria-sort': active ? state.direction : 'none' }, button));
  }
  document.querySelector('#table thead')?.replaceChildren(tr);
}

/** Drawing replaces the control that has the focus; this finds it again. */
function focusedControl() {
  if (!(document.activeElement instanceof HTMLElement)) return null;
  for (const name of ['sort', 'row', 'page']) {
    const value = document.activeElement.dataset[name];
    if (value !== undefined) return `[data-${name}="${CSS.escape(value)}"]`;
  }
  return null;
}

function draw() {
  const chosen = selected();
  const pages = Math.max(1, Math.ceil(chosen.length / ROWS_A_PAGE));
  page = Math.min(Math.max(page, 0), pages - 1);
  const from = page * ROWS_A_PAGE;
  const shown = chosen.slice(from, from + ROWS_A_PAGE);
  const focused = focusedControl();
  drawHead();
  document.querySelector('#table tbody')?.replaceChildren(...shown.flatMap(rowElement));
  const all = chosen.length === rows.length ? `${numberFormat.count(rows.length)} cases` : `${numberFormat.count(chosen.length)} of ${numberFormat.count(rows.length)} cases`;
  control('shown').textContent = chosen.length === 0 ? 'No case matches. Widen the search above.' : pages === 1 ? all : `${all}, showing ${numberFormat.count(from + 1)} to ${numberFormat.count(from + shown.length)}`;
  drawPager(pages);
  for (const tile of document.querySelectorAll('[data-show]')) tile.setAttribute('aria-pressed', String(/** @type {HTMLElement} */ (tile).dataset.show === state.verdict));
  const again = focused === null ? null : document.querySelector(focused);
  if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  writeState();
}

/** @param {number} pages */
function drawPager(pages) {
  const pager = control('pager');
  pager.hidden = pages === 1;
  const button = (/** @type {string} */ name, /** @type {number} */ to) => {
    const node = element('button', { type: 'button', 'data-page': name, 'data-to': String(to) }, name);
    node.disabled = to < 0 || to >= pages || to === page;
    return node;
  };
  pager.replaceChildren(button('First', 0), button('Previous', page - 1), element('span', {}, `page ${numberFormat.count(page + 1)} of ${numberFormat.count(pages)}`), button('Next', page + 1), button('Last', pages - 1));
}

/** @param {string} key */
function sortBy(key) {
  const better = columns.find((column) => column.name === key)?.better;
  const first = better === 'higher' ? 'descending' : 'ascending';
  const second = first === 'ascending' ? 'descending' : 'ascending';
  if (state.sort !== key) Object.assign(state, { sort: key, direction: first });
  else if (state.direction === first) state.direction = second;
  else Object.assign(state, { sort: 'plan', direction: 'ascending' });
  page = 0;
  control('sort').value = state.sort;
  draw();
}

function fillControls() {
  const fill = (/** @type {string} */ id, /** @type {readonly (readonly [string, string])[]} */ options, /** @type {string} */ value) => {
    for (const [key, name] of options) control(id).append(element('option', { value: key }, name));
    control(id).value = value;
  };
  const distinct = (/** @type {0 | 6} */ field) => [...new Set(rows.map((row) => row[field]))].map((number) => /** @type {const} */ ([word(number), word(number)]));
  fill('by-verdict', words.verdicts.map(({ status }) => /** @type {const} */ ([status, status])), state.verdict);
  fill('by-model', distinct(MODEL), state.model);
  fill('by-device', distinct(DEVICE), state.device);
  fill('sort', [['plan', 'as planned'], ['case', 'case'], ['device', 'device'], ['verdict', 'verdict'], ...columns.map((column) => /** @type {const} */ ([column.name, column.label]))], state.sort);
  control('find').value = state.find;
  for (const column of columns) {
    const box = element('input', { type: 'checkbox', value: column.name });
    box.checked = state.visible.includes(column.name);
    control('columns').append(element('label', { title: column.meaning ?? '' }, box, ` ${column.label}`));
  }
  control('controls').hidden = false;
}

for (const node of [document.getElementById('table'), ...document.querySelectorAll('#table thead, #table tbody')]) node?.setAttribute('role', node.tagName === 'TABLE' ? 'table' : 'rowgroup');
fillControls();
draw();

control('controls').addEventListener('submit', (event) => event.preventDefault());
control('controls').addEventListener('input', () => {
  state.find = control('find').value;
  state.verdict = control('by-verdict').value;
  state.model = control('by-model').value;
  state.device = control('by-device').value;
  state.visible = [...document.querySelectorAll('#columns input')].map((node) => /** @type {HTMLInputElement} */ (node)).filter((box) => box.checked).map((box) => box.value);
  if (control('sort').value !== state.sort) {
    state.sort = control('sort').value;
    state.direction = columns.find((column) => column.name === state.sort)?.better === 'higher' ? 'descending' : 'ascending';
  }
  page = 0;
  draw();
});
control('pager').addEventListener('click', (event) => {
  const to = event.target instanceof HTMLElement ? event.target.dataset.to : undefined;
  if (to === undefined) return;
  page = Number(to);
  draw();
  document.getElementById('results')?.scrollIntoView();
});
control('table').addEventListener('click', (event) => {
  if (!(event.target instanceof Element)) return;
  const sort = event.target.closest('[data-sort]');
  if (sort instanceof HTMLElement) sortBy(sort.dataset.sort ?? 'plan');
  const fold = event.target.closest('[data-row]');
  if (!(fold instanceof HTMLElement)) return;
  const index = Number(fold.dataset.row);
  if (!unfolded.delete(index)) unfolded.add(index);
  draw();
});
for (const tile of document.querySelectorAll('[data-show]')) {
  tile.addEventListener('click', () => {
    const show = /** @type {HTMLElement} */ (tile).dataset.show ?? '';
    state.verdict = state.verdict === show ? '' : show;
    control('by-verdict').value = state.verdict;
    page = 0;
    draw();
    if (state.verdict !== '') document.getElementById('results')?.scrollIntoView();
  });
}
