import { stat } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import type { BundleFile } from '../transport/transport.ts';
import { bundleFile, type Bundle } from './bundle.ts';

async function isFile(path: string): Promise<boolean> {
  return stat(path).then((facts) => facts.isFile(), () => false);
}

/**
 * A harness app of the user's own: the words of its command that name files beside the suite are its bundle. On a device any other word is passed on as it is,
 * so that an absolute path is one of the device; on this machine an absolute path after the program's is part of what is measured too.
 */
export async function ownBundle(words: readonly string[], suiteFolder: string, place: 'here' | 'there', signal: AbortSignal): Promise<Bundle> {
  const files: BundleFile[] = [];
  const command: ((at: (path: string) => string) => string)[] = [];
  for (const [index, word] of words.entries()) {
    const localPath = resolve(suiteFolder, word);
    const passed = isAbsolute(word) && (place === 'there' || (index === 0 && words.length > 1));
    if (passed || !(await isFile(localPath))) {
      const self = place === 'here' && index === 0 && word === 'node' ? process.execPath : word;
      command.push(() => self);
      continue;
    }
    const name = files.some((file) => file.path === basename(word)) ? `${index}/${basename(word)}` : basename(word);
    files.push(await bundleFile(name, localPath, signal));
    command.push((at) => at(name));
  }
  return { files, argv: (at) => command.map((word) => word(at)) };
}
