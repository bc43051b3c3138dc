const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Keeps what is meant for servers of this machine off a proxy that the environment names, in this process and in those that it starts: WebdriverIO,
 * which reads these variables once, when it is loaded, and Appium send loopback through it otherwise, with all that a session is told. `urls`: all servers that may be spoken to, of which those at
 * another of the loopback's addresses (127.0.0.2) are listed one by one, as WebdriverIO knows no ranges; to be told before the first session.
 */
export function keepLoopbackOffProxies(urls: readonly string[]): void {
  const listed = [process.env['NO_PROXY'], process.env['no_proxy']].flatMap((text) => text?.split(/[\s,;]+/) ?? []).filter((name) => name !== '');
  const others = urls.map((url) => URL.parse(url)?.hostname ?? '').filter((name) => name.startsWith('127.'));
  const all = [...new Set([...listed, ...LOOPBACK, ...others])].join(',');
  for (const variable of ['NO_PROXY', 'no_proxy']) process.env[variable] = all;
}

/** For messages: the proxy by which WebdriverIO reaches a URL, without its password; nothing where it goes there directly. */
export function proxyWords(url: string): string {
  const { HTTP_PROXY, HTTPS_PROXY, NO_PROXY } = process.env;
  const variable = (HTTP_PROXY ?? '') === '' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = URL.parse((variable === 'HTTP_PROXY' ? HTTP_PROXY : HTTPS_PROXY) ?? '');
  const host = URL.parse(url)?.hostname ?? '';
  if (proxy === null || (NO_PROXY ?? '').split(/[\s,;]+/).some((name) => name !== '' && host.endsWith(name))) return '';
  return ` through the proxy ${proxy.host}, which ${variable} names; a server that needs none is listed in NO_PROXY`;
}
