import { randomUUID } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { dropLabOf } from './test-run.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Which run of the tests this is. */
    readonly testRun: string;
  }
}

/** What tests bring up in the lab goes with their run. */
export default function setup(project: TestProject): () => Promise<void> {
  const testRun = `${process.pid}-${randomUUID()}`;
  project.provide('testRun', testRun);
  return () => dropLabOf(testRun);
}
