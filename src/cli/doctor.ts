import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LocalDevice } from '../device/local.ts';
import type { Finding } from './doctor-finding.ts';
import { findBrowsers } from './doctor-browsers.ts';
import { findReach } from './doctor-reach.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { ABIS } from '../domain/abi.ts';
import { nativeBuild } from '../harness/native-bundle.ts';
import { askRuntimes } from './host-runtimes.ts';
import { loadLab } from './lab-file.ts';
import { paint, printable } from './terminal.ts';
import { thisWorkplace } from './workplace.ts';

const LEAST_FREE_BYTES = 1024 ** 3;
const NODE_MAJOR = 24;

function checkNode(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  const detail = `Node ${process.versions.node}`;
  return major >= NODE_MAJOR ? { what: 'Node', state: 'ok', detail, mend: null } : { what: 'Node', state: 'broken', detail: `${detail} is too old; Paddock brings Node ${NODE_MAJOR} with it when started by npx`, mend: 'npm ci && npx paddock doctor' };
}

async function checkFolder(what: string, folder: string): Promise<Finding> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const detail = `${folder}, ${(free / 1024 ** 3).toFixed(1)} GiB free`;
    return free < LEAST_FREE_BYTES ? { what, state: 'broken', detail: `${detail}: too little for models and results`, mend: 'free some space' } : { what, state: 'ok', detail, mend: null };
  } catch (error) {
    return { what, state: 'broken', detail: `${folder} can not be written: ${error instanceof Error ? error.message : String(error)}`, mend: `mkdir -p '${folder}' && chmod u+w '${folder}'` };
  }
}

/** The native harness for boards of each kind: other devices than this machine are measured with it (Android too, where there is no build of its own). */
function nativeFindings(installFolder: string): Finding[] {
  return ABIS.filter((abi) => abi.startsWith('linux')).map((abi) => ({ abi, path: nativeBuild(abi, installFolder) })).map(({ abi, path }) => path === null
    ? { what: `native harness ${abi}`, state: 'absent', detail: `not built; such boards are measured with it`, mend: 'npm run build:native' }
    : { what: `native harness ${abi}`, state: 'ok', detail: path, mend: null });
}

/** `paddock doctor`: everything a run leans on, tried. */
export async function doctor(options: { readonly json?: true; readonly config?: string }, signal: AbortSignal): Promise<ExitCode> {
  const workplace = thisWorkplace();
  const device = new LocalDevice();
  const findings: Finding[] = [checkNode(), await checkFolder('results', resolve('paddock-results')), await checkFolder('cache', join(workplace.cacheFolder))];
  const { runtimes, fault } = await askRuntimes(device, workplace, signal);
  if (fault !== null) findings.push({ what: 'harness', state: 'broken', detail: fault, mend: 'npm ci' });
  findings.push(...nativeFindings(workplace.installFolder));
  for (const runtime of runtimes) findings.push({ what: `runtime ${runtime.name}`, state: 'ok', detail: `${runtime.version}: ${runtime.delegates.map((delegate) => delegate.name).join(', ')}`, mend: null });
  for (const sensor of device.facts.sensors) findings.push({ what: `sensor ${sensor}`, state: 'ok', detail: 'readable', mend: null });
  for (const { sensor, reason } of device.facts.absentSensors) findings.push({ what: `sensor ${sensor}`, state: 'absent', detail: reason, mend: null });
  const { lab } = await loadLab(options.config, process.cwd());
  findings.push(...(await findReach(lab, signal)), ...(await findBrowsers(lab, workplace.installFolder, signal)));
  const broken = findings.some((finding) => finding.state === 'broken');
  const out = process.stdout;
  if (options.json === true) out.write(`${JSON.stringify({ findings }, null, 2)}\n`);
  else {
    const styles = { ok: 'green', absent: 'dim', broken: 'red' } as const;
    for (const { what, state, detail, mend } of findings) out.write(`${paint(out, styles[state], state.padEnd(7))} ${what.padEnd(24)} ${printable(detail)}${mend === null ? '' : `\n${' '.repeat(33)}mend it with: ${mend}`}\n`);
    out.write(broken ? '\nSomething that a run needs is broken.\n' : '\nEverything that a run needs is there. What is absent is left out of reports, with its reason.\n');
  }
  return broken ? EXIT.usage : EXIT.ok;
}
