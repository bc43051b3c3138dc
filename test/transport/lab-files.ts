import { afterAll, beforeAll } from 'vitest';
import type { KindName } from '../lab/kinds/registry.ts';
import type { Lab } from '../lab/lab.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { LocalFiles } from './reading.ts';

/** The shared lab, and a folder for files of this machine that goes with the `describe` in which it is called. Both are there in its tests and later hooks. */
export interface LabWithFiles {
  readonly lab: Lab;
  readonly files: LocalFiles;
}

export function labWithFiles(names: readonly KindName[]): LabWithFiles {
  let made: LabWithFiles | undefined;
  const there = (): LabWithFiles => {
    if (made === undefined) throw new Error('the lab is there once the tests of this `describe` began');
    return made;
  };
  beforeAll(async () => {
    made = { lab: await useLab(names), files: await LocalFiles.make() };
  }, LAB_HOOK_MS);
  afterAll(async () => {
    await made?.files[Symbol.asyncDispose]();
  });
  return {
    get lab() { return there().lab; },
    get files() { return there().files; },
  };
}
