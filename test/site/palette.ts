import { readFileSync } from 'node:fs';
import type { Rgb } from './colour-vision.ts';

export const THEMES = ['light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STYLE = readFileSync(new URL('../../reports/page.css', import.meta.url), 'utf8');

/** A colour of the page's style by its name without dashes, as `--NAME: light-dark(#rrggbb, #rrggbb)` gives it. */
export function colourOf(name: string, theme: Theme): Rgb {
  const found = new RegExp(`--${name}: light-dark\\(#([0-9a-f]{6}), #([0-9a-f]{6})\\)`).exec(STYLE)?.[theme === 'light' ? 1 : 2];
  if (found === undefined) throw new Error(`reports/page.css has no colour --${name} with a light and a dark value`);
  const channel = (at: number): number => Number.parseInt(found.slice(at, at + 2), 16);
  return [channel(0), channel(2), channel(4)];
}

function luminance(colour: Rgb): number {
  const [r = 0, g = 0, b = 0] = colour.map((channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2.2's contrast ratio. */
export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
