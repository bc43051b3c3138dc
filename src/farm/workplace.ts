import { nodeHarnessHere } from '../harness/node-bundle.ts';

/** Where Paddock stands on this host. */
export interface Workplace {
  /** Folder of Paddock's own package. */
  readonly installFolder: string;
  /** Downloads and generated inputs. */
  readonly cacheFolder: string;
  readonly version: string;
}

/** The Node harness app that comes with Paddock. */
export function builtInHarness(workplace: Workplace): string[] {
  return nodeHarnessHere(workplace.installFolder);
}
