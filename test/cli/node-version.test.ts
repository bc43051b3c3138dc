import { expect, test } from 'vitest';
import { nodeFault } from '../../src/cli/node-version.ts';

test('an older Node is named with what to type instead, and later ones run', () => {
  expect(nodeFault('20.20.2')).toMatch(/needs Node 24 .* this is 20\.20\.2.*`npx paddock`/);
  expect(nodeFault('24.0.0')).toBeNull();
  expect(nodeFault('26.1.0')).toBeNull();
});
