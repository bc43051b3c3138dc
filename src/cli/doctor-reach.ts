import { adviceFor } from '../device/advice.ts';
import { adbServersOf, stateFault } from '../device/places.ts';
import { AdbServer } from '../transport/adb-server.ts';
import { TransportFault } from '../transport/transport-fault.ts';
import type { Lab } from '../domain/lab.ts';
import type { Finding } from './doctor-finding.ts';

/** A list is a matter of milliseconds. */
const ASK_MS = 5000;

/** What phones and boards are reached by: the adb servers of the lab, each device in its state, and something to log in with where a board asks for it. */
export async function findReach(lab: Lab, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const address of adbServersOf(lab)) findings.push(...(await askServer(new AdbServer(address), signal)));
  const agent = process.env['SSH_AUTH_SOCK'];
  const needing = lab.devices.filter(({ ssh }) => ssh !== undefined && ssh.identityFile === undefined && ssh.agent === undefined).map(({ id }) => id);
  if (needing.length > 0) {
    findings.push(agent === undefined || agent === ''
      ? { what: 'ssh agent', state: 'broken', detail: `${needing.join(', ')} would log in with a key of the agent, and there is none; or name an identityFile in paddock.yaml`, mend: 'eval "$(ssh-agent)" && ssh-add' }
      : { what: 'ssh agent', state: 'ok', detail: agent, mend: null });
  }
  return findings;
}

async function askServer(server: AdbServer, signal: AbortSignal): Promise<readonly Finding[]> {
  const { host, port } = server.address;
  const what = `adb server ${host === '127.0.0.1' && port === 5037 ? '' : `${host}:${port}`}`.trim();
  try {
    const devices = await server.list(AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]));
    return [
      { what, state: 'ok', detail: devices.length === 0 ? 'answers; no device is plugged in' : `answers; ${devices.length} ${devices.length === 1 ? 'device' : 'devices'}`, mend: null },
      ...devices.map(({ serial, state, model }): Finding => {
        const fault = stateFault(state);
        return { what: `adb ${serial}`, state: fault === null ? 'ok' : 'absent', detail: fault === null ? (model ?? 'ready') : `${state}: ${adviceFor(fault) ?? 'not ready for Paddock'}`, mend: null };
      }),
    ];
  } catch (error) {
    signal.throwIfAborted();
    // Without phones none is needed.
    if (error instanceof TransportFault && error.kind === 'server') return [{ what, state: 'absent', detail: 'none answers; phones need one', mend: port === 5037 ? 'adb start-server      (Debian: apt-get install adb)' : `adb -P ${port} start-server` }];
    return [{ what, state: 'absent', detail: error instanceof Error ? error.message : String(error), mend: null }];
  }
}
