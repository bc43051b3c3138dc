// Sets what is asked on a phone-like tree and stays: node settings-holder.ts TREE CACHE
import { setTimeout as sleep } from 'node:timers/promises';
import { SettingsKeeper } from '../../src/device/settings-keeper.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { through } from './phone.ts';

const [tree = '', cache = ''] = process.argv.slice(2);
const device = { facts: { id: 'pixel' } as never, root: tree, transport: { ...through(['sh'], `${tree}/bin`), identify: () => Promise.resolve({ id: 'serial:37091FDJH0042', bootId: null }) } as Transport };
await new SettingsKeeper({ stayAwake: true, brightness: 10, governor: 'performance' }, cache).ensure(device, AbortSignal.timeout(240_000));
console.log('set');
await sleep(60_000);
