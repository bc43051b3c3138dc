import { createHash } from 'node:crypto';
import { ID_PATTERN } from '../domain/ids.ts';
import type { DeviceIdentity } from '../transport/transport.ts';

/** A text of a device's own as an id: itself where it is one, else what is left of it with a part of its hash, so that no two come out alike. */
export function asId(text: string): string {
  if (ID_PATTERN.test(text) && text !== 'local') return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const rest = text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '').slice(0, 60);
  return rest === '' ? `device-${digest}` : `${rest}-${digest}`;
}

/** A device's id from what it says it is: its serial number as it is, other numbers shortened and named for what they are. The same wherever it is plugged in. */
export function idOfIdentity({ id }: DeviceIdentity): string {
  const [, source, value] = /^([a-z-]+):(.*)$/s.exec(id) ?? [];
  if (source === undefined || value === undefined) return asId(id);
  return source === 'serial' ? asId(value) : `${source}-${createHash('sha256').update(value).digest('hex').slice(0, 12)}`;
}
