import type { Page } from './page.ts';
import { nightPage } from './pages/night.ts';

/** Pages by their name in the address; those with a label are in the navigation. */
export const PAGES: Readonly<Record<string, { readonly label: string | null; readonly draw: Page }>> = {
  '': { label: 'Last night', draw: nightPage },
};
