import type { BrowserStart } from './browser.ts';

/** How a browser was started in words, for reports and for what history compares. In a file without schemas, as the dashboard's page has it too. */
export function startWords({ headless, args }: BrowserStart): string {
  const window = headless === null ? 'whether it has a window is not told' : headless ? 'headless' : 'in a window';
  return `${window}; ${args.length === 0 ? 'no switches' : args.join(' ')}`;
}
