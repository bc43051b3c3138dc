import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** One message to one address. */
export interface WebhookMessage {
  readonly url: URL;
  readonly body: string;
  /** Signs the body; null: not signed. */
  readonly secret: string | null;
  readonly signal: AbortSignal;
}

export interface WebhookLimits {
  readonly tryMs: number;
  /** Waits between the tries; one try more than waits. */
  readonly pausesMs: readonly number[];
}

/** Three tries of ten seconds and the waits between them: a receiver that is down or slow costs the end of a night 35 seconds at most. */
export const WEBHOOK_LIMITS: WebhookLimits = { tryMs: 10_000, pausesMs: [1_000, 4_000] };

/** The header with the HMAC-SHA256 of the body, `sha256=HEX`, as GitHub's webhooks have it. */
export const SIGNATURE_HEADER = 'x-paddock-signature-256';

/** A message did not arrive. The text names no address: it may hold a secret. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}

/** An address that a message may be sent to: https, or http to this machine. Null for any other text. */
export function webhookUrl(text: string): URL | null {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) ? url : null;
}

/** Answers worth another try: the receiver's own faults, and "not now". */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

async function tryOnce({ url, body, secret, signal }: WebhookMessage, tryMs: number): Promise<{ readonly fault: string; readonly passing: boolean } | null> {
  const signature = secret === null ? {} : { [SIGNATURE_HEADER]: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
  try {
    const response = await fetch(url, {
      method: 'POST', body, redirect: 'manual', headers: { 'content-type': 'application/json', 'user-agent': 'paddock', ...signature },
      signal: AbortSignal.any([signal, AbortSignal.timeout(tryMs)]),
    });
    // What it answers is of no use, and may have no end.
    await response.body?.cancel();
    return response.ok ? null : { fault: `it answered ${response.status}`, passing: isPassing(response.status) };
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : error instanceof Error ? error.name : '';
    return { fault: cause === 'TimeoutError' ? `no answer in ${tryMs / 1000} s` : `it can not be reached (${cause})`, passing: true };
  }
}

/** Posts JSON, with another try where that can help. Redirects are not followed: they would carry the message to where nobody asked for. Throws WebhookError. */
export async function postWebhook(message: WebhookMessage, limits: WebhookLimits = WEBHOOK_LIMITS): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const fault = await tryOnce(message, limits.tryMs);
    if (fault === null) return;
    const pauseMs = limits.pausesMs[attempt];
    if (!fault.passing || pauseMs === undefined) throw new WebhookError(`${fault.fault}${attempt > 0 ? `, after ${attempt + 1} tries` : ''}`);
    await sleep(pauseMs, undefined, { signal: message.signal });
  }
}
