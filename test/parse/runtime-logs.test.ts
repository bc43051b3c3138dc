import { expect, test } from 'vitest';
import { parseBenchmarkModel } from '../../src/parse/benchmark-model.ts';
import { parseDelegateLogs } from '../../src/parse/delegate-logs.ts';
import { parseOrtLogs } from '../../src/parse/ort-logs.ts';
import { read, refusal } from './reading.ts';

const START = `INFO: STARTING!
INFO: Loaded model /data/local/tmp/model.tflite
VERBOSE: Replacing 539 out of 548 node(s) with delegate (TfLiteXNNPackDelegate) node, yielding 5 partitions for the whole graph.
INFO: The input model file size (MB): 4.27635
INFO: Initialized session in 35.2ms.
INFO: Running benchmark for at least 1 iterations and at least 0.5 seconds but terminate if exceeding 150 seconds.
`;
const WARM_UP = 'INFO: count=1 curr=9.99242e+06\n\n';
const RUNNING = 'INFO: Running benchmark for at least 50 iterations and at least 1 seconds but terminate if exceeding 150 seconds.\n';
const TIMED = 'INFO: count=50 first=50437 curr=50341 min=49988 max=51345 avg=50412.3 std=256\n\n';
const END = `INFO: Inference timings in us: Init: 35200, First inference: 9992420, Warmup (avg): 9.99242e+06, Inference (avg): 50412.3
INFO: Overall peak memory footprint (MB) via periodic monitoring: 45.2
`;
const PROFILE = 'Number of nodes executed: 12\nTimings (microseconds): count=50 first=99 curr=98 min=97 max=99 avg=98 std=1\nMemory (bytes): count=0\n';

test('benchmark_model: the first count line is the warm-up, the second is timed; exponents are numbers', () => {
  const log = read(parseBenchmarkModel(START + WARM_UP + RUNNING + TIMED + END + PROFILE));
  expect(log).toMatchObject({
    initUs: 35_200, modelSizeMb: 4.27635, peakMemoryMb: 45.2, completed: true,
    warmUp: { count: 1, firstUs: 9_992_420, averageUs: 9_992_420 },
    timed: { count: 50, firstUs: 50_437, minUs: 49_988, maxUs: 51_345, averageUs: 50_412.3, standardDeviationUs: 256 },
    delegates: { delegations: [{ delegate: 'TfLiteXNNPackDelegate', nodes: 539, ofNodes: 548, partitions: 5, saidBy: 'runtime' }] },
  });
  expect(log.warnings).toEqual(['TfLiteXNNPackDelegate took 539 of 548 nodes: the rest runs elsewhere']);
  expect(read(parseBenchmarkModel(START + WARM_UP + RUNNING + 'INFO: count=5 curr=77(all same)\n' + END)).timed).toEqual({ count: 5, firstUs: 77, minUs: 77, maxUs: 77, averageUs: 77 });
});

test('benchmark_model: a crash in mid-run has no timed series, and the warm-up does not stand in', () => {
  const crashed = read(parseBenchmarkModel(`${START}${WARM_UP}${RUNNING}Segmentation fault\n`));
  expect(crashed).toMatchObject({ completed: false, warmUp: { count: 1 } });
  expect(crashed).not.toHaveProperty('timed');
  expect(crashed.warnings.join('\n')).toMatch(/no timed series\n.*crash.*Segmentation fault/);
  expect(read(parseBenchmarkModel(START))).not.toHaveProperty('warmUp');
  expect(read(parseBenchmarkModel(START + WARM_UP + RUNNING + TIMED))).toMatchObject({ completed: false, timed: { count: 50 } });
});

test('benchmark_model: two runs in one text, and other text, are refused', () => {
  const run = START + WARM_UP + RUNNING + TIMED + END;
  expect(refusal(parseBenchmarkModel(run + run))).toContain('more than one run');
  refusal(parseBenchmarkModel('sh: ./benchmark_model: not found\n'));
});

test('delegates: zero nodes, a partial graph, no total, no kernel, a failure after the count', () => {
  const { warnings, ...log } = read(parseDelegateLogs(`I tflite  : Replacing 3 node(s) with delegate (TfLiteGpuDelegateV2) node, yielding 1 partitions.
INFO: TfLiteQnnDelegate delegate: 0 nodes delegated out of 31 nodes with 0 partitions.
INFO: Though EXTERNAL delegate is explicitly applied, the model graph will not be executed by the delegate.
I tflite : Replacing 347 out of 347 node(s) with delegate (TfLiteGpuDelegateV2), yielding 1 partition
I tflite : Created 0 GPU delegate kernels.
E app: java.lang.IllegalArgumentException: Internal error: Failed to apply delegate:
`));
  expect(log).toEqual({
    delegations: [
      { delegate: 'TfLiteGpuDelegateV2', nodes: 3, partitions: 1, saidBy: 'runtime' },
      { delegate: 'TfLiteQnnDelegate', nodes: 0, ofNodes: 31, partitions: 0, saidBy: 'delegate' },
      { delegate: 'TfLiteGpuDelegateV2', nodes: 347, ofNodes: 347, partitions: 1, saidBy: 'runtime' },
    ],
    gpuKernels: [0],
    failures: [expect.stringContaining('will not be executed'), expect.stringContaining('Failed to apply delegate')],
  });
  expect(warnings).toEqual([
    'TfLiteGpuDelegateV2 took 3 nodes, of how many the log does not say', 'TfLiteQnnDelegate took no node: the whole graph falls back',
    'the GPU delegate created no kernel: it executes nothing, whatever was replaced', 'the log tells of a delegate that did not take the graph or broke',
  ]);
  refusal(parseDelegateLogs('Replacing the old file\n'));
});

test('ONNX Runtime: placements of each session, behind any prefix; a fallback without counts is a doubt', () => {
  const at = '2026-05-25 00:21:20.004017871 [V:onnxruntime:, session_state.cc:1116 VerifyEachNodeIsAssignedToAnEp] ';
  const log = read(parseOrtLogs(`${at}Node placements\n${at} Node(s) placed on [CPUExecutionProvider]. Number of nodes: 875\n${at}   Gather (/x)\n${at} Node(s) placed on [CUDAExecutionProvider]. Number of nodes: 2426\n${at}Node placements\n${at} All nodes placed on [XnnpackExecutionProvider]. Number of nodes: 9\nE   [E:onnxruntime:ort-java, sequential_executor.cc:1 Run] Non-zero status\n`));
  expect(log.sessions).toEqual([
    { placement: [{ provider: 'CPUExecutionProvider', nodes: 875 }, { provider: 'CUDAExecutionProvider', nodes: 2426 }] },
    { placement: [{ provider: 'XnnpackExecutionProvider', nodes: 9 }] },
  ]);
  expect(log.errors).toEqual(['[E:onnxruntime:ort-java, sequential_executor.cc:1 Run] Non-zero status']);
  const partial = read(parseOrtLogs('W   [W:onnxruntime:, session_state.cc:1169 VerifyEachNodeIsAssignedToAnEp] Some nodes were not assigned to the preferred execution providers which may\n'));
  expect(partial).toMatchObject({ sessions: [], partial: true });
  expect(partial.warnings).toHaveLength(2);
  refusal(parseOrtLogs('Segmentation fault\n'));
});
