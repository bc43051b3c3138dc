/** Expressions for the page: what is too near in colour to what is behind it, alpha blended over that. */
const COLOURS = `
  const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) { probe.clearRect(0, 0, 1, 1); probe.fillStyle = colour; probe.fillRect(0, 0, 1, 1); const [r, g, b, a] = probe.getImageData(0, 0, 1, 1).data; known.set(colour, [r, g, b, a / 255]); }
    return known.get(colour);
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const light = (colour) => { const [r, g, b] = colour.map((c) => { const s = c / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (node) => { const layers = []; for (let each = node; each !== null; each = each.parentElement) layers.push(rgba(getComputedStyle(each).backgroundColor)); return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]); };
  const ratio = (one, other) => { const [a, b] = [light(one), light(other)]; return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); };
  const opacity = (node) => { let all = 1; for (let each = node; each !== null; each = each.parentElement) all *= Number(getComputedStyle(each).opacity); return all; };
  const faded = (colour, share) => [...rgba(colour).slice(0, 3), rgba(colour)[3] * share];
  const found = new Set();
  const note = (what, value) => { if (value !== null) found.add(what + ' ' + value.toFixed(2)); };
`;

/** Texts below 4.5 to 1 (WCAG 2.2, 1.4.3). */
export const LOW_TEXT = `(() => {${COLOURS}
  for (const node of document.querySelectorAll('body *')) {
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== '') || node.closest('.sr, .skip, noscript, script, option') !== null || node.getClientRects().length === 0) continue;
    const style = getComputedStyle(node);
    const ground = behind(node.closest('svg') ?? node);
    const seen = ratio(over(faded(node instanceof SVGElement ? style.fill : style.color, opacity(node)), ground), ground);
    if (seen < 4.5) note(node.tagName + '.' + node.getAttribute('class') + ' “' + node.textContent.slice(0, 20) + '”', seen);
  }
  return [...found];
})()`;

/**
 * Marks of charts, bars, and edges of controls below 3 to 1 (WCAG 2.2, 1.4.11): each needs one part of it, its area or its outline, that stands out. Lines of a grid repeat what the figures of the
 * axis say, and marks for the pointer's hints are never seen.
 */
export const LOW_GRAPHICS = `(() => {${COLOURS}
  const check = (what, node, colours, ground) => {
    const best = Math.max(0, ...colours.filter((colour) => colour !== 'none').map((colour) => ratio(over(faded(colour[0], colour[1]), ground), ground)));
    if (best < 3) note(what + '.' + (node.getAttribute('class') ?? ''), best);
  };
  for (const node of document.querySelectorAll('svg rect, svg circle, svg line, svg path, svg polyline, svg polygon')) {
    const style = getComputedStyle(node);
    if (node.matches('.grid') || node.getAttribute('fill') === 'transparent' || style.display === 'none') continue;
    const shared = opacity(node);
    check('svg ' + node.tagName, node, [[style.fill, shared * Number(style.fillOpacity)], [style.stroke, shared * Number(style.strokeOpacity)]].filter(([colour]) => colour !== 'none'), behind(node.closest('svg')));
  }
  for (const node of document.querySelectorAll('select, button, input, .columns > summary')) { const style = getComputedStyle(node); check(node.tagName, node, [[style.borderTopColor, 1]], behind(node.parentElement)); }
  for (const node of document.querySelectorAll('.tally span')) check('tally', node, [[getComputedStyle(node).backgroundColor, 1]], behind(node.parentElement));
  for (const node of document.querySelectorAll('.heat')) check('heat', node, [[getComputedStyle(node, '::before').backgroundColor, Number(getComputedStyle(node, '::before').opacity)]], behind(node));
  for (const node of document.querySelectorAll('.event')) check('event', node, [[getComputedStyle(node).borderLeftColor, 1]], behind(node.parentElement));
  return [...found];
})()`;

/** The outline of what has the focus: how wide, px, and its contrast to what is behind the element and around it. */
export const FOCUS_RING = `(() => {${COLOURS}
  const node = document.activeElement;
  const style = getComputedStyle(node);
  const colour = rgba(style.outlineColor);
  return { style: style.outlineStyle, widthPx: Number.parseFloat(style.outlineWidth), contrast: Math.min(ratio(over(colour, behind(node)), behind(node)), ratio(over(colour, behind(node.parentElement)), behind(node.parentElement))) };
})()`;
