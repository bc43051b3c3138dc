import type { PowerSource } from '../domain/power-source.ts';
import { findBatteryPower } from './battery-power.ts';
import { localTransport } from '../transport/local.ts';
import type { Transport } from '../transport/transport.ts';
import { CommandPowerSensor } from './command-power.ts';
import type { FileTree } from './file-tree.ts';
import { findInaPower } from './ina-power.ts';
import { findOdpmPower } from './odpm-power.ts';
import { PolledPowerSensor, type PollFiles } from './polled-power.ts';
import type { FoundPower } from './power-probe.ts';
import type { PowerSensor } from './power-sensor.ts';
import { findRapl } from './rapl.ts';

type FileSource = Exclude<PowerSource, { readonly kind: 'command' }>;

/** Why there is no power where no profile names a source. */
const NO_SOURCE = 'the device\'s profile names no power source: unit, sign and rails differ between devices and can not be told from a reading';

export interface PowerSearch {
  /** The first that can be read now counts. */
  readonly sources: readonly PowerSource[];
  readonly files: FileTree;
  /** Of the device. */
  readonly transport: Transport;
  readonly poll: PollFiles;
}

export interface PowerSensors {
  readonly sensors: readonly PowerSensor[];
  /** Those that `poll` has to read. */
  readonly files: readonly string[];
  /** Why there is none, null when there is. */
  readonly absent: string | null;
}

/** Looks at no file that the sources do not speak of. */
export function findPowerSensors({ sources, files, transport, poll }: PowerSearch): PowerSensors {
  const reasons: string[] = [];
  for (const source of sources) {
    if (source.kind === 'command') return { sensors: [new CommandPowerSensor(source, source.runsOn === 'host' ? localTransport : transport)], files: [], absent: null };
    const found = findSource(files, source);
    if ('probe' in found) return { sensors: [new PolledPowerSensor(found.probe, poll)], files: found.probe.files, absent: null };
    reasons.push(found.absent);
  }
  return { sensors: [], files: [], absent: reasons.join('; ') || NO_SOURCE };
}

function findSource(root: FileTree, source: FileSource): FoundPower {
  switch (source.kind) {
    case 'battery': return findBatteryPower(root, source);
    case 'odpm': return findOdpmPower(root, source);
    case 'ina': return findInaPower(root, source);
    case 'rapl': return findRapl(root);
    default: return source satisfies never;
  }
}
