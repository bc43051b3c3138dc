import { LocalDevice } from '../device/local.ts';
import type { Suite } from '../domain/suite.ts';
import { localUnit, type Roster } from '../farm/unit.ts';
import type { Workplace } from '../farm/workplace.ts';
import { EXIT, UsageError } from './exit.ts';
import { knownProfiles } from './profiles.ts';

/** The suite's devices that can be reached. Only this machine can, so far. Throws UsageError (exit 3) for any other, ProfileError. */
export async function openRoster(suite: Suite, suiteFolder: string, workplace: Workplace): Promise<Roster> {
  const profiles = await knownProfiles(workplace, process.cwd());
  const units = suite.devices.map((reference) => {
    if (reference.id !== 'local') throw new UsageError(`no device "${reference.id}" can be reached; \`paddock devices\` lists what can (this machine is "local")`, EXIT.noDevice);
    return localUnit(new LocalDevice({ root: reference.sensorsRoot, profiles, ...('power' in reference && reference.power !== undefined ? { power: reference.power } : {}) }), suiteFolder, workplace);
  });
  return { units, named: {}, absent: new Map(), [Symbol.asyncDispose]: () => Promise.resolve() };
}
