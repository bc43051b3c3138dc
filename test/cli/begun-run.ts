import { spawn } from 'node:child_process';
import { PADDOCK, type Place } from './paddock.ts';

export interface BegunRun {
  readonly ended: Promise<number | null>;
  readonly stderr: () => string;
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** A run that something is done to before it ends. */
export function begin(place: Place, text: string, env: Readonly<Record<string, string>> = {}): BegunRun {
  place.write('suite.yaml', text);
  const child = spawn(process.execPath, [PADDOCK, 'run', 'suite.yaml', '--out', place.path('out'), '--db', place.path('store.sqlite')], {
    cwd: place.folder, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, XDG_CACHE_HOME: place.path('cache'), TMPDIR: place.path('tmp'), PADDOCK_LEASE_FOLDER: place.path('tmp', 'paddock-lease'), ...env },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => { stderr += more; });
  return { ended: new Promise((done) => { child.once('close', done); }), stderr: () => stderr, signal: (signal) => { child.kill(signal); } };
}
