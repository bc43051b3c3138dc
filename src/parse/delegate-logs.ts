import { dumpLines, type DumpOutcome } from './dump.ts';

export interface Delegation {
  readonly delegate: string;
  readonly nodes: number;
  /** Nodes of the graph; older logs do not say. */
  readonly ofNodes?: number;
  readonly partitions?: number;
  /** Who said it: TensorFlow Lite when it replaced nodes, or the delegate itself. */
  readonly saidBy: 'runtime' | 'delegate';
}

export interface DelegateLog {
  /** What was planned, in the log's order. It is no evidence that the delegate executed anything. */
  readonly delegations: readonly Delegation[];
  /** One entry for each `Created N GPU delegate kernels`. */
  readonly gpuKernels: readonly number[];
  /** Lines that say that a delegate did not take the graph or broke, at most MAX_FAILURES. */
  readonly failures: readonly string[];
}

const MAX_FAILURES = 20;

/** Wordings of tensorflow/lite/core/subgraph.cc, of delegates, and of benchmark_model. */
const REPLACING = /Replacing (\d{1,9})(?: out of (\d{1,9}))? node\(s\) with delegate \(([^)]{1,80})\)(?: node)?(?:, yielding (\d{1,9}) partition)?/;
const OWN_COUNT = /(?:^|[\s:])(\w{1,80}) delegate: (\d{1,9}) nodes delegated out of (\d{1,9}) nodes with (\d{1,9}) partitions/;
const GPU_KERNELS = /Created (\d{1,9}) GPU delegate kernels/;
const CREATED = /Created TensorFlow Lite (?:\w{1,40} )?delegate for|delegate created\.|Initialized TensorFlow Lite runtime/;
const FAILURE = /will not be executed by the delegate|Though \w{1,40} delegate is explicitly applied|Failed to apply (?:the )?(?:\w{1,40} )?delegate|Restored original execution plan|Delegate\w{0,40} Init: |TfLite\w{0,40}Delegate\w{0,20} (?:Init|Prepare|Invoke): /;

/** Reads what a log of TensorFlow Lite or LiteRT says about delegates; other lines and logcat's prefix are skipped. */
export function parseDelegateLogs(text: string): DumpOutcome<DelegateLog> {
  const delegations: Delegation[] = [];
  const gpuKernels: number[] = [];
  const failures: string[] = [];
  let known = 0;
  for (const line of dumpLines(text)) {
    const replacing = REPLACING.exec(line);
    const own = OWN_COUNT.exec(line);
    const kernels = GPU_KERNELS.exec(line)?.[1];
    if (replacing !== null) {
      const [, nodes = '', ofNodes, delegate = '', partitions] = replacing;
      delegations.push(delegation(delegate, nodes, ofNodes, partitions, 'runtime'));
    } else if (own !== null) {
      const [, delegate = '', nodes = '', ofNodes, partitions] = own;
      delegations.push(delegation(delegate, nodes, ofNodes, partitions, 'delegate'));
    } else if (kernels !== undefined) {
      gpuKernels.push(Number(kernels));
    } else if (FAILURE.test(line)) {
      if (failures.length < MAX_FAILURES) failures.push(line.trim().slice(0, 300));
    } else if (!CREATED.test(line)) {
      continue;
    }
    known += 1;
  }
  if (known === 0) return { ok: false, reason: 'it has no line in which TensorFlow Lite, LiteRT or a delegate tells about delegation' };
  return { ok: true, value: { delegations, gpuKernels, failures }, warnings: doubts(delegations, gpuKernels, failures) };
}

function delegation(delegate: string, nodes: string, ofNodes: string | undefined, partitions: string | undefined, saidBy: Delegation['saidBy']): Delegation {
  return { delegate, nodes: Number(nodes), ...(ofNodes === undefined ? {} : { ofNodes: Number(ofNodes) }), ...(partitions === undefined ? {} : { partitions: Number(partitions) }), saidBy };
}

function doubts(delegations: readonly Delegation[], gpuKernels: readonly number[], failures: readonly string[]): readonly string[] {
  const warnings: string[] = [];
  for (const { delegate, nodes, ofNodes } of delegations) {
    if (nodes === 0) warnings.push(`${delegate} took no node: the whole graph falls back`);
    else if (ofNodes === undefined) warnings.push(`${delegate} took ${nodes} nodes, of how many the log does not say`);
    else if (nodes < ofNodes) warnings.push(`${delegate} took ${nodes} of ${ofNodes} nodes: the rest runs elsewhere`);
  }
  if (gpuKernels.includes(0)) warnings.push('the GPU delegate created no kernel: it executes nothing, whatever was replaced');
  if (failures.length > 0) warnings.push('the log tells of a delegate that did not take the graph or broke');
  return warnings;
}
