import { appendFile, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HISTORY_SCHEMA_VERSION } from '../domain/event.ts';
import type { NightNews } from '../domain/night-news.ts';
import type { WatchSettings } from '../domain/watch.ts';
import { postWebhook, WEBHOOK_LIMITS, WebhookError, webhookUrl, type WebhookLimits } from '../transport/webhook.ts';

/** A secret is a line, not a file of other content named by mistake. */
const MAX_SECRET_BYTES = 4096;

/** Why a message could not be sent, for a warning. */
class NotifyFault extends Error {
  override readonly name = 'NotifyFault';
}

/** `env:NAME` or `file:PATH` (relative to the suite) -> what it holds. */
async function resolveReference(reference: string, suiteFolder: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (reference.startsWith('env:')) {
    const value = env[reference.slice(4)];
    if (value === undefined || value === '') throw new NotifyFault(`the environment has no ${reference.slice(4)}`);
    return value;
  }
  const path = resolve(suiteFolder, reference.slice(5));
  try {
    if ((await stat(path)).size > MAX_SECRET_BYTES) throw new NotifyFault(`${path} is too large for a secret`);
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof NotifyFault) throw error;
    throw new NotifyFault(`${path} can not be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

/** The JSON that a webhook gets. */
function webhookBody(news: NightNews, delivery: string, sentAt: string): string {
  return JSON.stringify({ schemaVersion: HISTORY_SCHEMA_VERSION, delivery, sentAt, ...news });
}

export interface NotifyOptions {
  readonly news: NightNews;
  /** An id of the news: the same whenever they are sent again. */
  readonly delivery: string;
  /** Whether a webhook, by its place in the suite, is still to be told; absent: all are. */
  readonly isLeft?: (webhook: number) => boolean;
  /** A webhook was told, or given up. */
  readonly onEnd?: (webhook: number) => void;
  readonly settings: WatchSettings;
  readonly suiteFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly limits?: WebhookLimits;
}

/**
 * Sends the night's news to the webhooks of the suite, all at once. Gives a warning for each that could not be told: nothing here fails a run.
 * An address that comes from `env:` is not named in it, since such an address is a secret itself.
 */
export async function notifyWebhooks({ news, delivery, isLeft = () => true, onEnd, settings, suiteFolder, env, signal, limits = WEBHOOK_LIMITS }: NotifyOptions): Promise<readonly string[]> {
  const body = webhookBody(news, delivery, new Date().toISOString());
  const outcomes = await Promise.all(settings.notify.map(async ({ url: reference, secret }, index) => {
    if (!isLeft(index)) return null;
    const name = reference.startsWith('env:') ? reference : (URL.parse(reference)?.host ?? `notify[${index}]`);
    try {
      const url = webhookUrl(reference.startsWith('env:') ? await resolveReference(reference, suiteFolder, env) : reference);
      if (url === null) throw new NotifyFault('its address is not https:// (or http:// on this machine)');
      await postWebhook({ url, body, secret: secret === undefined ? null : await resolveReference(secret, suiteFolder, env), signal }, limits);
      onEnd?.(index);
      return null;
    } catch (error) {
      if (!(error instanceof NotifyFault || error instanceof WebhookError)) {
        if (signal.aborted) return `the webhook ${name} was not told: interrupted`;
        throw error;
      }
      onEnd?.(index);
      return `the webhook ${name} was not told: ${error.message}`;
    }
  }));
  return outcomes.filter((warning) => warning !== null);
}

/** Appends to the step summary of GitHub Actions, where there is one. A warning when it can not be written. */
export async function appendStepSummary(markdown: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const path = env['GITHUB_STEP_SUMMARY'];
  if (path === undefined || path === '') return null;
  try {
    await appendFile(path, `${markdown}\n`);
    return null;
  } catch (error) {
    return `the step summary can not be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}
