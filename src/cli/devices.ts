import type { Suite } from '../domain/suite.ts';
import type { Device } from '../device/device.ts';
import { LocalDevice } from '../device/local.ts';
import type { Workplace } from '../farm/workplace.ts';
import { EXIT, UsageError } from './exit.ts';
import { knownProfiles } from './profiles.ts';

/** The suite's devices that can be reached. Only this machine can, so far. Throws UsageError (exit 3) for any other, ProfileError. */
export async function openDevices(suite: Suite, workplace: Workplace): Promise<Device[]> {
  const profiles = await knownProfiles(workplace, process.cwd());
  return suite.devices.map((reference) => {
    if (reference.id !== 'local') throw new UsageError(`no device "${reference.id}" can be reached; \`paddock devices\` lists what can (this machine is "local")`, EXIT.noDevice);
    return new LocalDevice({ root: reference.sensorsRoot, profiles });
  });
}
