import { inject } from 'vitest';
import type { KindName } from './kinds/registry.ts';
import { type Lab, startLab } from './lab.ts';
import { markLab } from './test-run.ts';

/**
 * The lab with these boards up, shared by all test files of a run: call it in `beforeAll` (with LAB_HOOK_MS) of a file that is skipped where `lacksLab` says so. A lab that
 * stands already is used and left standing; one that tests started goes when their run ends. Shared boards must be left as they were: to cut, restart or fill one, take a `spare`.
 */
export async function useLab(names: readonly KindName[]): Promise<Lab> {
  await markLab(inject('testRun'));
  return startLab(names);
}

/** Long enough for the first use on a machine, which fetches the boards' packages. */
export const LAB_HOOK_MS = 600_000;
