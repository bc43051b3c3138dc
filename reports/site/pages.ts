import type { Page } from './page.ts';
import { casePage } from './pages/case.ts';
import { changesPage } from './pages/changes.ts';
import { comparePage } from './pages/compare.ts';
import { detectorPage } from './pages/detector.ts';
import { devicesPage } from './pages/devices.ts';
import { matrixPage } from './pages/matrix.ts';
import { nightPage } from './pages/night.ts';
import { trendPage } from './pages/trend.ts';

/** Pages by their name in the address; those with a label are in the navigation. */
export const PAGES: Readonly<Record<string, { readonly label: string | null; readonly draw: Page }>> = {
  '': { label: 'Last night', draw: nightPage },
  changes: { label: 'Changes', draw: changesPage },
  matrix: { label: 'Matrix', draw: matrixPage },
  compare: { label: 'Compare', draw: comparePage },
  devices: { label: 'Devices', draw: devicesPage },
  detector: { label: 'Detector', draw: detectorPage },
  case: { label: null, draw: casePage },
  trend: { label: null, draw: trendPage },
};
