import { EXIT, type ExitCode } from './exit.ts';
import { Progress } from './progress.ts';
import { storePath } from './run-ref.ts';
import { setUp } from './setup.ts';
import { duration, paint, printable, table } from './terminal.ts';
import { thisWorkplace } from './workplace.ts';
import type { PresetName } from '../domain/preset.ts';

export interface PlanOptions {
  readonly device: readonly string[];
  readonly case: readonly string[];
  readonly preset?: PresetName;
  readonly config?: string;
  readonly db?: string;
  readonly json?: true;
}

/** `paddock plan`: the cases of a suite and what they will cost, without measuring. */
export async function plan(suitePath: string | undefined, options: PlanOptions, signal: AbortSignal): Promise<ExitCode> {
  const progress = new Progress(process.stderr);
  const { cases, leftOut, estimate, policy, roster } = await setUp({ suitePath, preset: options.preset, devices: options.device, seed: undefined, only: options.case, budgetMinutes: undefined, config: options.config, store: storePath(options.db), inUse: 'skip', workplace: thisWorkplace(), signal, progress });
  await roster[Symbol.asyncDispose]();
  const minutes = Object.fromEntries([...estimate.secondsByDevice].map(([device, seconds]) => [device, Math.round(seconds / 6) / 10]));
  const out = process.stdout;
  if (options.json === true) {
    out.write(`${JSON.stringify({ preset: policy.preset, cases, leftOut, launches: estimate.launches, verifications: estimate.verifications, qualityPasses: estimate.qualityPasses, qualityItems: estimate.qualityItems, estimatedMinutes: minutes, takingTurns: estimate.machines.filter(({ devices }) => devices.length > 1).map(({ devices }) => devices) }, null, 2)}\n`);
    return EXIT.ok;
  }
  const rows = cases.map((planned) => [planned.verdict?.status ?? 'run', printable(planned.key), printable(planned.verdict?.reasons.map((reason) => reason.message).join('; ') ?? '')]);
  out.write(`${table(['', 'case', 'why not'], rows, new Set())}\n\n`);
  const runnable = cases.filter((planned) => planned.verdict === null).length;
  out.write(`${paint(out, 'bold', `${runnable} of ${cases.length} cases will run`)}: ${estimate.launches} launches and ${estimate.verifications} ${estimate.verifications === 1 ? 'check' : 'checks'} with preset ${policy.preset}${estimate.qualityPasses === 0 ? '' : `, ${estimate.qualityPasses} quality ${estimate.qualityPasses === 1 ? 'pass' : 'passes'} over ${estimate.qualityItems} items`}${leftOut > 0 ? `; ${leftOut} cells are left out by the matrix rules` : ''}\n`);
  for (const { devices, seconds, budgetSeconds } of estimate.machines) {
    const budget = budgetSeconds === null ? '' : ` (budget ${duration(budgetSeconds)})`;
    if (devices.length > 1) for (const device of devices) out.write(`${device}: about ${duration(estimate.secondsByDevice.get(device) ?? 0)}\n`);
    out.write(`${devices.join(' and ')}${devices.length > 1 ? ' take turns on one machine, together' : ''}: about ${duration(seconds)}${budget}\n`);
  }
  return EXIT.ok;
}
