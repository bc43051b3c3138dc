import { rmSync } from 'node:fs';
import { afterAll } from 'vitest';
import { bundleNodeHarness } from './bundle.ts';
import { describeLocalProcess } from './local-process.ts';

const { folder, path } = await bundleNodeHarness();
afterAll(() => rmSync(folder, { recursive: true }));

describeLocalProcess('node', [process.execPath, path]);
