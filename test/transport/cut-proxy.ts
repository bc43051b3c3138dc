import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** An HTTP proxy that tunnels and forwards, and can be cut: a network between the browser and its pages' server. */
export class CutProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<CutProxy> {
    const server = createServer();
    const proxy = new CutProxy(server);
    server.on('connection', (socket) => { proxy.#carry(socket); });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Every connection ends as if its cable was pulled and put back: new ones work. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #carry(socket: Socket): void {
    this.#keep(socket);
    socket.once('data', (head: Buffer) => {
      const [line = ''] = head.toString('latin1').split('\r\n');
      const [, method = '', target = ''] = /^(\w+) (\S+) /.exec(line) ?? [];
      const url = new URL(method === 'CONNECT' ? `http://${target}` : target);
      const to = connect({ host: url.hostname, port: Number(url.port || 80) });
      this.#keep(to);
      if (method === 'CONNECT') socket.write('HTTP/1.1 200 OK\r\n\r\n');
      // One request a connection: the next one may be for another server.
      else to.write(head.toString('latin1').replace(target, url.pathname + url.search).replace(/\r\n(?:Proxy-)?Connection: [^\r]*/i, '\r\nConnection: close'), 'latin1');
      socket.pipe(to).pipe(socket);
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => { this.#sockets.delete(socket); });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
