import { access, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { homedir } from 'node:os';
import * as z from 'zod';
import { labSchema, NO_LAB, type Lab, type LabDevice } from '../domain/lab.ts';
import { parseYaml } from '../parse/yaml-document.ts';
import { UsageError } from './exit.ts';

const NAME = 'paddock.yaml';
const MAX_BYTES = 4 * 1024 * 1024;

/** JSON Schema of `paddock.yaml`, for editors. */
export function labJsonSchema(): unknown {
  return { title: 'Paddock lab', ...z.toJSONSchema(labSchema, { io: 'input', unrepresentable: 'any' }) };
}

export interface LoadedLab {
  readonly lab: Lab;
  /** Absolute; null without a file. */
  readonly path: string | null;
}

/** The lab's file: the one named, or `paddock.yaml` in the folder or the nearest one above it; without one, what can be found by itself. Throws UsageError with every fault's line and column. */
export async function loadLab(named: string | undefined, folder: string): Promise<LoadedLab> {
  const path = named === undefined ? await findAbove(folder) : resolve(folder, named);
  if (path === null) return { lab: NO_LAB, path };
  const outcome = parseYaml(await read(path), labSchema, labJsonSchema());
  if (!outcome.ok) {
    const lines = outcome.problems.map((problem) => `  ${path}:${problem.line}:${problem.column}${problem.key === '' ? '' : `  ${problem.key}`}: ${problem.message}`);
    throw new UsageError(`the lab can not be used:\n${lines.join('\n')}\nmend the file; \`paddock schema lab\` prints what it may hold`);
  }
  const placeOf = (at: readonly PropertyKey[]): string => {
    const { line, column } = outcome.placeOf(at);
    return `${path}:${line}:${column}`;
  };
  return { path, lab: withPlaces(withPaths(outcome.value, dirname(path)), placeOf) };
}

/** What a driver does not know of the capabilities is found when a session is to begin; it is then told with its place. */
function withPlaces(lab: Lab, placeOf: (at: readonly PropertyKey[]) => string): Lab {
  return { ...lab, devices: lab.devices.map((device, index) => {
    if (device.webdriver === undefined) return device;
    const { capabilities } = device.webdriver;
    const capabilityPlaces = Object.fromEntries(Object.keys(capabilities).map((name) => [name, placeOf(['devices', index, 'webdriver', 'capabilities', name])]));
    return { ...device, webdriver: { ...device.webdriver, capabilityPlaces } };
  }) };
}

/** Paths in the file count from its own folder, `~/` from the user's home. */
function withPaths(lab: Lab, folder: string): Lab {
  const at = (path: string): string => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(folder, path));
  const hop = <H extends { identityFile?: string | undefined; knownHosts?: string | undefined }>(given: H): H => ({
    ...given, ...(given.identityFile === undefined ? {} : { identityFile: at(given.identityFile) }), ...(given.knownHosts === undefined ? {} : { knownHosts: at(given.knownHosts) }),
  });
  // A name alone is looked for in PATH.
  const program = (name: string): string => (name.includes('/') ? at(name) : name);
  const device = (given: LabDevice): LabDevice => ({
    ...given,
    ...(given.ssh === undefined ? {} : { ssh: { ...hop(given.ssh), ...(given.ssh.jump === undefined ? {} : { jump: hop(given.ssh.jump) }) } }),
    ...(given.browser === undefined ? {} : { browser: {
      ...given.browser, ...(given.browser.binary === undefined ? {} : { binary: program(given.browser.binary) }), ...(given.browser.driver === undefined ? {} : { driver: program(given.browser.driver) }),
    } }),
  });
  return { ...lab, devices: lab.devices.map(device), profiles: lab.profiles.map(at) };
}

async function findAbove(folder: string): Promise<string | null> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const path = join(at, NAME);
    if (await access(path).then(() => true, () => false)) return path;
    if (dirname(at) === at) return null;
  }
}

async function read(path: string): Promise<string> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) throw new UsageError(`${path} is no file; name a lab file (YAML)`);
    if (facts.size > MAX_BYTES) throw new UsageError(`${path} has more than ${MAX_BYTES / 1024 / 1024} MiB, which no lab file has`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
