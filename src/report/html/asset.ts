import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A part of the page that is shipped beside the program can't be read: the installation is broken. */
export class ReportAssetError extends Error {
  override readonly name = 'ReportAssetError';
}

/**
 * Text of a file in the package's `reports/` folder. The program runs from its sources and from a bundle at another depth, so the folder is
 * looked for upwards from here.
 * @throws ReportAssetError
 */
export async function readAsset(name: string): Promise<string> {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; ; folder = dirname(folder)) {
    try {
      return await readFile(join(folder, 'reports', name), 'utf8');
    } catch (error) {
      if (!isMissing(error)) throw new ReportAssetError(`cannot read reports/${name}: ${String(error)}`, { cause: error });
    }
    if (dirname(folder) === folder) throw new ReportAssetError(`reports/${name} is missing above ${here}: install Paddock again`);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
