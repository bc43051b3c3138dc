import type { Case } from '../domain/case.ts';
import type { ModelSpec, RuntimeSpec, VariantSpec, WorkloadSpec } from '../domain/suite.ts';
import type { TensorSignature } from '../domain/tensor.ts';
import type { Device } from '../device/device.ts';
import type { ModelFile } from '../harness/model-file.ts';
import type { Delegate, Engine } from '../runtime/runtime.ts';
import type { InputSet } from './inputs.ts';

/** Bounds that keep a broken model from hanging or eating the device. */
export interface LaunchLimits {
  readonly memoryBytes: number;
  readonly loadMs: number;
  readonly inferenceMs: number;
}

/** Everything that one launch of a case needs to know. */
export interface LaunchTarget {
  readonly device: Device;
  /** The harness app's command on the device. */
  readonly argv: readonly string[];
  readonly case: Case;
  readonly model: ModelSpec;
  readonly variant: VariantSpec;
  readonly file: ModelFile;
  readonly runtime: RuntimeSpec;
  readonly engine: Engine;
  readonly delegate: Delegate;
  readonly workload: WorkloadSpec;
  readonly limits: LaunchLimits;
  /** Inputs for a model of this signature at the case's batch size. */
  readonly makeInputs: (signature: readonly TensorSignature[], batch: number) => Promise<InputSet>;
}
