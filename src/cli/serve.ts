import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPageParts, readScorecard } from '../site/page-parts.ts';
import { publishSite, type PublishOutcome } from '../site/publish.ts';
import { siteContent } from '../site/site-content.ts';
import { SiteError } from '../site/site-error.ts';
import { openStore } from '../store/open-store.ts';
import { StoreError } from '../store/store-error.ts';
import { isLoopback } from '../transport/http-listener.ts';
import { serveHttp } from '../transport/http-server.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { DEFAULT_SITE } from './publish.ts';
import { storePath } from './run-ref.ts';
import { printable } from './terminal.ts';
import { thisWorkplace } from './workplace.ts';

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly out?: string;
  readonly db?: string;
}

/** How often the store is asked whether somebody wrote: a pragma, microseconds. */
const LOOK_MS = 1000;
/** A publication takes processor time, maybe of the machine that measures: at most this share of it, however often a run writes. */
const PUBLISHING_SHARE = 0.05;
/** A publication that failed is tried again after this. */
const RETRY_MS = 10_000;
/** A token that can be guessed is none: 128 random bits in hexadecimal have 32 characters. */
const LEAST_TOKEN_CHARACTERS = 16;

/** `env:NAME` or `file:PATH` -> the token; never on the command line itself, where other users of the machine can read it. Throws UsageError. */
async function readToken(source: string): Promise<string> {
  const [, kind, name = ''] = /^(env|file):(.+)$/s.exec(source) ?? [];
  if (kind === undefined) throw new UsageError('--token: write env:NAME or file:PATH, where the token is; not the token itself');
  let token: string;
  try {
    token = (kind === 'env' ? (process.env[name] ?? '') : await readFile(name, 'utf8')).trim();
  } catch (error) {
    throw new UsageError(`--token ${source} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (token.length < LEAST_TOKEN_CHARACTERS) throw new UsageError(`--token ${source} ${token === '' ? 'is empty' : `has fewer than ${LEAST_TOKEN_CHARACTERS} characters`}; make one with: openssl rand -hex 24`);
  return token;
}

/** `paddock serve`: the dashboard over HTTP, made anew whenever the store changes. Ends with Ctrl-C. */
export async function serve(options: ServeOptions, signal: AbortSignal): Promise<ExitCode> {
  const token = options.token === undefined ? null : await readToken(options.token);
  if (token === null && !isLoopback(options.host)) throw new UsageError(`--host ${options.host} can be reached from other machines, so a token is needed: --token env:NAME or file:PATH`);
  const { installFolder } = thisWorkplace();
  const [page, scorecard] = [await readPageParts(installFolder), await readScorecard(installFolder)];
  const folder = resolve(options.out ?? DEFAULT_SITE);
  using store = openStore(storePath(options.db), { mode: 'read' });
  const make = async (): Promise<PublishOutcome> => publishSite(store, { folder, page, scorecard, signal });
  let mark = store.bulk.changeMark();
  let tookMs = 0;
  try {
    await make();
    await using server = await serveHttp({ host: options.host, port: options.port, token, find: (path) => siteContent(folder, path) });
    process.stdout.write(`${server.url}\n`);
    process.stderr.write(`serving ${folder}${token === null ? '' : '; the token is the password, any user name will do'}; Ctrl-C ends it\n`);
    for (;;) {
      await sleep(Math.max(LOOK_MS, tookMs / PUBLISHING_SHARE), undefined, { signal });
      const now = store.bulk.changeMark();
      if (now === mark) continue;
      const startedMs = performance.now();
      try {
        const { written } = await make();
        mark = now;
        tookMs = performance.now() - startedMs;
        process.stderr.write(`the store changed: ${written} files written\n`);
      } catch (error) {
        // A full disk or a stuck neighbour passes; meanwhile the site before is served.
        if (!(error instanceof SiteError || error instanceof StoreError)) throw error;
        process.stderr.write(`not published, tried again in ${RETRY_MS / 1000} s: ${printable(error.message)}\n`);
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return EXIT.ok;
  }
}
