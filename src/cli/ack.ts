import { userInfo } from 'node:os';
import { moved } from '../domain/event.ts';
import { openStore } from '../store/open-store.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { storePath } from './run-ref.ts';
import { untilDate } from './since.ts';
import { printable } from './terminal.ts';

export interface AckOptions {
  readonly why: string;
  readonly by?: string;
  readonly until?: string;
  readonly db?: string;
}

function whoami(): string {
  try {
    return userInfo().username;
  } catch {
    throw new UsageError('this user has no name on this system; say who with --by');
  }
}

/** `paddock ack`: somebody knows of an event, for a reason and until a day. */
export async function ack(ids: readonly string[], options: AckOptions): Promise<ExitCode> {
  const why = options.why.trim();
  if (why === '') throw new UsageError('--why needs a reason: who reads it later must understand');
  const now = new Date();
  const until = options.until === undefined ? null : untilDate(options.until, now.getTime());
  const by = options.by ?? whoami();
  using store = openStore(storePath(options.db), { mode: 'write' });
  const path = store.path;
  store.events.together(() => {
    for (const id of ids) {
      const event = store.events.get(id);
      if (event === null) throw new UsageError(`${path} has no event "${id}"; \`paddock changes\` lists them`);
      if (event.state === 'fixed') throw new UsageError(`${id} is fixed; there is nothing to acknowledge`);
      store.events.update(id, (current) => moved({ ...current, acknowledgement: { by, why, at: now.toISOString(), until } }, 'acknowledged', now.toISOString(), `acknowledged by ${by}${until === null ? '' : ` until ${until.slice(0, 10)}`}: ${why}`));
    }
  });
  for (const id of ids) process.stdout.write(`${printable(id)} acknowledged${until === null ? '' : ` until ${until.slice(0, 10)}`}; later changes of the same series are told from the level that it has now\n`);
  return EXIT.ok;
}
