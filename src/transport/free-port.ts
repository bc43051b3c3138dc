import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A TCP port of this machine's loopback on which nothing listens now. Someone else may take it before it is used: whoever listens must bear that. It has five digits: Appium's Chromium driver ends
 * older chromedrivers by `pkill -f …--port=PORT`, which would match a longer number that begins so too.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = await givenPort();
    if (port > 9999) return port;
  }
  throw new Error(`this system gives no TCP port above 9999 on 127.0.0.1 in ${TRIES} tries`);
}

const TRIES = 20;

async function givenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise<void>((done) => { server.close(() => done()); });
  if (address === null || typeof address === 'string') throw new Error('this system gives no TCP port on 127.0.0.1');
  return address.port;
}
