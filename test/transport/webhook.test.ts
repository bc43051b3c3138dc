import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { postWebhook, webhookUrl } from '../../src/transport/webhook.ts';

const LIMITS = { tryMs: 120_000, pausesMs: [20, 20] };
/** For a receiver that never answers. */
const SOON = { ...LIMITS, tryMs: 500 };

async function receiver(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=t0psecret`);
}

async function post(url: URL, { secret = null, limits = LIMITS }: { readonly secret?: string | null; readonly limits?: typeof LIMITS } = {}): Promise<string | null> {
  return postWebhook({ url, body: '{"a":1}', secret, signal: new AbortController().signal }, limits).then(() => null, (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : ''));
}

test('the body arrives once, signed so that its receiver can check it', async () => {
  const seen: { readonly request: IncomingMessage; readonly body: string }[] = [];
  const url = await receiver((request, response) => {
    void text(request).then((body) => {
      seen.push({ request, body });
      response.end('thanks');
    });
  });
  expect(await post(url, { secret: 's3cret' })).toBeNull();
  expect(seen).toHaveLength(1);
  expect(seen[0]?.request.headers['x-paddock-signature-256']).toBe(`sha256=${createHmac('sha256', 's3cret').update('{"a":1}').digest('hex')}`);
  expect(seen[0]?.body).toBe('{"a":1}');
});

test('a receiver that comes back is told; one that refuses is asked once', async () => {
  let tries = 0;
  const flaky = await receiver((_, response) => response.writeHead(++tries < 3 ? 503 : 204).end());
  expect(await post(flaky)).toBeNull();
  expect(tries).toBe(3);
  let refused = 0;
  const refusing = await receiver((_, response) => {
    refused++;
    response.writeHead(403).end();
  });
  expect(await post(refusing)).toBe('WebhookError: it answered 403');
  expect(refused).toBe(1);
});

test('down, silent, endless or redirecting: an end within its bounds, and no address in the message', async () => {
  const silent = await receiver(() => undefined);
  const endless = await receiver((_, response) => {
    response.writeHead(500);
    const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
    response.on('close', () => { clearInterval(timer); });
  });
  let followed = 0;
  const target = await receiver((_, response) => {
    followed++;
    response.end();
  });
  const redirecting = await receiver((_, response) => response.writeHead(307, { location: target.href }).end());
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const down = new URL(`http://127.0.0.1:${(gone.address() as AddressInfo).port}/?t0psecret`);
  gone.close();
  const messages = await Promise.all([post(silent, { limits: SOON }), ...[endless, redirecting, down].map((url) => post(url))]);
  expect(messages).toEqual(['WebhookError: no answer in 0.5 s, after 3 tries', 'WebhookError: it answered 500, after 3 tries', 'WebhookError: it answered 307', 'WebhookError: it can not be reached (ECONNREFUSED), after 3 tries']);
  expect(messages.join()).not.toContain('t0psecret');
  expect(followed).toBe(0);
});

test('only https, or http on this machine', () => {
  expect(['https://x.example/h', 'http://localhost:1/h', 'http://[::1]/h'].map((url) => webhookUrl(url)?.protocol)).toEqual(['https:', 'http:', 'http:']);
  expect(['http://x.example/h', 'file:///etc/passwd', 'ftp://x/h', 'x', '', 'http://127.0.0.1.example/'].map(webhookUrl)).toEqual(Array.from({ length: 6 }, () => null));
});
