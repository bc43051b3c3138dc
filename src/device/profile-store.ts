import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { deviceProfileSchema, type DeviceProfile } from '../domain/profile.ts';
import { parseYaml } from '../parse/yaml-document.ts';

/** JSON Schema of device profiles, for editors. */
export function profileJsonSchema(): unknown {
  return { title: 'Paddock device profile', ...z.toJSONSchema(deviceProfileSchema, { io: 'input', unrepresentable: 'any' }) };
}

/** A profile file is not what it should be; the message names file, line, column and key of each fault. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
  readonly file: string;
  constructor(file: string, faults: readonly string[]) {
    super(`the device profile ${file} can not be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}\nmend the file; \`paddock schema profile\` prints what it may hold`);
    this.file = file;
  }
}

/** Nobody writes more profiles into one folder. */
const MAX_FILES = 1000;

/** Reads one profile. Throws ProfileError. */
export function readProfile(text: string, file: string): DeviceProfile {
  const outcome = parseYaml(text, deviceProfileSchema, profileJsonSchema());
  if (outcome.ok) return outcome.value;
  throw new ProfileError(file, outcome.problems.map((problem) => `${file}:${problem.line}:${problem.column}${problem.key === '' ? '' : `  ${problem.key}`}: ${problem.message}`));
}

/**
 * All profiles of the folders (`*.yaml`, `*.yml`); of several with the same id the one of the last folder counts. A folder that does not exist has none.
 * Throws ProfileError.
 */
export async function loadProfiles(folders: readonly string[]): Promise<readonly DeviceProfile[]> {
  const byId = new Map<string, DeviceProfile>();
  for (const folder of folders) {
    const files = (await listFolder(folder)).filter((name) => /\.ya?ml$/i.test(name)).sort();
    if (files.length > MAX_FILES) throw new ProfileError(folder, [`the folder has ${files.length} files; ${MAX_FILES} are read at most`]);
    const inFolder = new Map<string, string>();
    for (const name of files) {
      const file = join(folder, name);
      const profile = readProfile(await readFile(file, 'utf8'), file);
      const twin = inFolder.get(profile.profile);
      if (twin !== undefined) throw new ProfileError(file, [`${file}:1:1  profile: the id "${profile.profile}" is in ${twin} too`]);
      inFolder.set(profile.profile, name);
      byId.set(profile.profile, profile);
    }
  }
  return [...byId.values()];
}

async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new ProfileError(folder, [code === 'ENOTDIR' ? 'it is a file; name a folder of profiles' : `the folder can't be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
}
