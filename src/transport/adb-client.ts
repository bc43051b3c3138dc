import { Adb, AdbBanner, AdbFeature, type AdbTransport } from '@yume-chan/adb';
import { type AdbRequest, openService } from './adb-connection.ts';

/** What a packet of adb's protocol takes at most. */
const CHUNK_BYTES = 1 << 20;

/** @yume-chan/adb's client of one device, for the services that it speaks well. Each request is a connection of its own, which lives as long as the request's signal lets it. */
export function adbClient(request: AdbRequest, serial: string, features: readonly string[]): Adb {
  const transport: AdbTransport = {
    serial,
    maxPayloadSize: CHUNK_BYTES,
    banner: new AdbBanner('device', undefined, undefined, undefined, features as readonly AdbFeature[]),
    disconnected: new Promise(() => {}),
    clientFeatures: Object.values(AdbFeature),
    connect: (service) => openService(request, serial, service),
    addReverseTunnel: () => notHere(),
    removeReverseTunnel: () => undefined,
    clearReverseTunnels: () => notHere(),
    close: () => {},
  };
  return new Adb(transport);
}

function notHere(): never {
  throw new TypeError('this client serves no tunnels itself');
}
