import { draftProfile } from '../device/draft-profile.ts';
import { REACH } from '../device/reach.ts';
import { openRoster, RosterError } from '../farm/roster.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { loadLab } from './lab-file.ts';
import { knownProfiles } from './profiles.ts';
import { Progress } from './progress.ts';
import { storePath } from './run-ref.ts';
import { readSetAside } from './run-roster.ts';
import { thisWorkplace } from './workplace.ts';

export interface TemplateOptions {
  readonly config?: string;
  readonly db?: string;
}

/** `paddock devices --profile-template ID`: a draft profile of a device, from what it answers. Throws UsageError (exit 3) for a device that can't be reached. */
export async function profileTemplate(id: string, options: TemplateOptions, signal: AbortSignal): Promise<ExitCode> {
  const workplace = thisWorkplace();
  const progress = new Progress(process.stderr);
  const { lab } = await loadLab(options.config, process.cwd());
  try {
    await using roster = await openRoster({
      devices: [{ id, sensorsRoot: '/' }], lab, reach: REACH, profiles: await knownProfiles(workplace, process.cwd(), lab.profiles), label: 'paddock devices --profile-template',
      suiteFolder: process.cwd(), workplace, setAside: readSetAside(storePath(options.db)), signal, onNote: (message) => progress.note(message, 'dim'),
    });
    const unit = roster.units.find((each) => each.id === id);
    if (unit === undefined) throw new UsageError(roster.absent.get(id)?.reasons[0]?.message ?? `no device "${id}" can be reached; \`paddock devices\` lists what can`, EXIT.noDevice);
    process.stdout.write(draftProfile(unit.device));
    return EXIT.ok;
  } catch (error) {
    if (error instanceof RosterError) throw new UsageError(error.message, EXIT.noDevice);
    throw error;
  }
}
