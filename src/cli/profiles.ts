import { join } from 'node:path';
import { loadProfiles } from '../device/profile-store.ts';
import type { DeviceProfile } from '../domain/profile.ts';
import type { Workplace } from '../farm/workplace.ts';

/** The folder's name, in Paddock's package as beside a user's own files. */
const FOLDER = 'device-profiles';

/** The profiles that come with Paddock and, over them, those of the user's folder `device-profiles` and of the lab's folders. Throws ProfileError. */
export function knownProfiles(workplace: Workplace, userFolder: string, labFolders: readonly string[] = []): Promise<readonly DeviceProfile[]> {
  return loadProfiles([...new Set([join(workplace.installFolder, FOLDER), join(userFolder, FOLDER), ...labFolders])]);
}
