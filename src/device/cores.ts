import { type DeviceProfile, RECOMMENDED } from '../domain/profile.ts';
import { expandCpuList } from '../parse/cpu-list.ts';

/** A suite names a cluster that the device's profile does not have. */
export class NoSuchCluster extends Error {
  override readonly name = 'NoSuchCluster';
}

/** The cores that a runtime's `affinity` stands for on a device, ascending; null where it has none. Throws NoSuchCluster. */
export function coresOf(affinity: readonly number[] | string | undefined, profile: DeviceProfile | null): readonly number[] | null {
  if (affinity === undefined) return null;
  if (typeof affinity !== 'string') return [...new Set(affinity)].sort((a, b) => a - b);
  const clusters = profile?.cpu?.clusters ?? [];
  const names: readonly string[] = affinity === RECOMMENDED ? profile?.cpu?.use ?? [] : [affinity];
  const cores = clusters.filter(({ name }) => names.includes(name)).flatMap(({ cpus }) => expandCpuList(cpus));
  if (cores.length > 0) return [...new Set(cores)].sort((a, b) => a - b);
  const there = clusters.length === 0 ? 'which names no clusters' : `whose clusters are ${clusters.map((cluster) => cluster.name).join(', ')}`;
  throw new NoSuchCluster(`\`affinity: ${affinity}\` is no cluster of the device's profile (${profile?.profile ?? 'none'}), ${there}; name cores by number, or add the cluster to the profile`);
}
