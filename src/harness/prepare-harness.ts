import type { Abi } from '../domain/abi.ts';
import type { RuntimeSpec } from '../domain/suite.ts';
import type { Transport } from '../transport/transport.ts';
import { abiHere, askAbi } from './abi.ts';
import { resolve } from 'node:path';
import { bundleSha256, type Bundle } from './bundle.ts';
import { bundleOfFolder, partsOf, type BundleParts } from './bundle-folder.ts';
import { HarnessMissing } from './harness-missing.ts';
import { nativeHere, nativeThere } from './native-bundle.ts';
import { nodeHere, nodeThere } from './node-bundle.ts';
import { ownBundle } from './own-bundle.ts';
import type { LibraryPlace } from './onnxruntime-library.ts';

/** What starts a harness app on a device. */
export interface HarnessCommand {
  readonly argv: readonly string[];
  /** Over everything that it is made of. */
  readonly sha256: string;
  /** What it is made of, where it was brought to the device from this host. */
  readonly parts?: BundleParts;
}

type HarnessChoice = Pick<RuntimeSpec, 'harness' | 'library'>;

/** On a device, the native harness app is the one that runs everywhere; on this machine, the Node one needs no compiler. */
const DEFAULT_HERE = 'node';
const DEFAULT_THERE = 'native';

async function bundleHere({ harness = DEFAULT_HERE, library }: HarnessChoice, place: LibraryPlace, signal: AbortSignal): Promise<Bundle> {
  if (harness === 'node') return nodeHere(place.installFolder, signal);
  if (typeof harness === 'object' && 'bundle' in harness) return bundleOfFolder(resolve(place.suiteFolder, harness.bundle), signal);
  if (harness !== 'native') return ownBundle(harness, place.suiteFolder, 'here', signal);
  const abi = abiHere();
  if (abi === null) throw new HarnessMissing(`there is no native harness for ${process.platform} on ${process.arch}; take \`harness: node\``);
  return nativeHere({ ...place, abi, library }, signal);
}

async function bundleThere({ harness = DEFAULT_THERE, library }: HarnessChoice, abi: () => Promise<Abi>, place: LibraryPlace, signal: AbortSignal): Promise<Bundle> {
  if (harness === 'node') return nodeThere(await abi(), place, signal);
  if (harness === 'native') return nativeThere({ ...place, abi: await abi(), library }, signal);
  if ('bundle' in harness) return bundleOfFolder(resolve(place.suiteFolder, harness.bundle), signal);
  return ownBundle(harness, place.suiteFolder, 'there', signal);
}

/** The harness app of a runtime on this machine, where its parts stand. Throws HarnessMissing. */
export async function prepareHarnessHere(runtime: HarnessChoice, place: LibraryPlace, signal: AbortSignal): Promise<HarnessCommand> {
  const { files, argv } = await bundleHere(runtime, place, signal);
  const paths = new Map(files.map((file) => [file.path, file.localPath]));
  return { argv: argv((path) => paths.get(path) ?? path), sha256: bundleSha256(files) };
}

/**
 * Brings the harness app of a runtime to a device, unless it is there already, and gives the command that starts it there. `abi` is asked of the device where
 * the caller does not know it. Throws HarnessMissing, and what the transport throws.
 */
export async function prepareHarness(transport: Transport, runtime: HarnessChoice, place: LibraryPlace, signal: AbortSignal, abi?: Abi): Promise<HarnessCommand> {
  const bundle = await bundleThere(runtime, () => abi === undefined ? askAbi(transport, signal) : Promise.resolve(abi), place, signal);
  const { files, argv } = bundle;
  const folder = files.length === 0 ? '.' : await transport.pushBundle(files, signal);
  return { argv: argv((path) => path === '.' ? folder : `${folder}/${path}`), sha256: bundleSha256(files), parts: partsOf(bundle) };
}
