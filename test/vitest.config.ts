import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    // Tests of several checkouts on one machine are not to wait for each other's launches.
    env: { PADDOCK_LEASE_FOLDER: join(tmpdir(), 'paddock-lease') },
    globalSetup: ['test/lab/global-setup.ts'],
    // Only against what hangs: the slowest machine that is busy with other things stays well inside.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 120_000 } },
    maxWorkers: 2,
    reporters: ['default'],
  },
});
