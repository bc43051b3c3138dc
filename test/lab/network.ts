import { execFileSync } from 'node:child_process';
import { hostCommand } from './host-command.ts';

/** A network namespace with one link to this machine. */
export interface Network {
  /** Of the namespace and of the link's end on this machine. */
  readonly name: string;
  readonly hostIp: string;
  readonly boardIp: string;
}

/** Private addresses 10.213.N.0/30, one N for each board on this machine, whichever lab it belongs to. */
const MOST = 250;

/** Claims a network that no other lab has. */
export async function claimNetwork(): Promise<Network> {
  const start = Math.floor(Math.random() * MOST);
  let last: unknown = null;
  for (let i = 0; i < MOST; i++) {
    const n = 1 + ((start + i) % MOST);
    const network = { name: `pdk${n}`, hostIp: `10.213.${n}.1`, boardIp: `10.213.${n}.2` };
    try {
      // Making the namespace is the claim: it fails when there is one of that name.
      await hostCommand(['ip', 'netns', 'add', network.name]);
    } catch (error) {
      last = error;
      continue;
    }
    try {
      await link(network);
      return network;
    } catch (error) {
      await dropNetwork(network);
      throw error;
    }
  }
  throw new Error(`none of ${MOST} networks is free`, { cause: last });
}

async function link({ name, hostIp, boardIp }: Network): Promise<void> {
  await hostCommand(['ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'dev0', 'netns', name]);
  await hostCommand(['ip', 'addr', 'add', `${hostIp}/30`, 'dev', name]);
  await hostCommand(['ip', 'link', 'set', name, 'up']);
  await hostCommand(['ip', '-n', name, 'addr', 'add', `${boardIp}/30`, 'dev', 'dev0']);
  await hostCommand(['ip', '-n', name, 'link', 'set', 'dev0', 'up']);
  await hostCommand(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
}

/** Takes the cable out while this process does nothing else: what it was sending is cut in the middle. */
export function cutNow({ name }: Network): void {
  execFileSync('ip', ['link', 'set', name, 'down']);
}

/** Takes the cable out or puts it back. */
export async function setLink({ name }: Network, state: 'up' | 'down'): Promise<void> {
  await hostCommand(['ip', 'link', 'set', name, state]);
}

/** The link goes with the namespace. Does nothing where there is none. */
export async function dropNetwork({ name }: Network): Promise<void> {
  await hostCommand(['ip', 'link', 'del', name]).catch(() => {});
  await hostCommand(['ip', 'netns', 'del', name]).catch(() => {});
}
