import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** The first of these programs that is there: a path as it is, a name in the folders of PATH. Null when none is. */
export async function findProgram(names: readonly string[]): Promise<string | null> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const endings = process.platform === 'win32' ? ['', '.exe'] : [''];
  for (const name of names) {
    const paths = isAbsolute(name) ? [name] : folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending)));
    for (const path of paths) if (await access(path, constants.X_OK).then(() => true, () => false)) return path;
  }
  return null;
}
