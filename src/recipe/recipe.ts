import type * as z from 'zod';
import type { OnnxModel } from '../onnx/model.ts';
import type { Workbench } from './workbench.ts';

/** Operators of one kind that a recipe left as they were, and why. */
export interface KeptOps {
  readonly op: string;
  readonly count: number;
  readonly reason: string;
}

/** What a recipe did, apart from what can be read from the two files. */
export interface RecipeReport {
  /** Operators that now compute or keep their weights in another form, by operator. */
  readonly converted: Readonly<Record<string, number>>;
  readonly kept: readonly KeptOps[];
  /** Decisions worth knowing: a raised operator set, folded operators, chosen exclusions. */
  readonly notes: readonly string[];
}

export interface RecipeOutcome {
  /** The variant's file. */
  readonly bytes: Uint8Array;
  readonly report: RecipeReport;
}

/** What a recipe may use besides the model. */
export interface RecipeContext {
  /** Runs models on the calibration inputs. */
  readonly workbench: Workbench;
  /** Folder that relative paths in parameters start from. */
  readonly baseFolder: string;
  readonly signal: AbortSignal;
}

/** The model as it was read; `take` gives a copy that a recipe may change. */
export interface ParentModel {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Throws OnnxError when the file is no ONNX model. */
  readonly take: () => OnnxModel;
}

/** One way to make a variant: a file in this folder and a line in `registry.ts`. */
export interface Recipe<P = unknown> {
  readonly id: string;
  /** Counted up when the same model and parameters give other bytes than before: old cached variants are then made anew. */
  readonly revision: number;
  /** One sentence: what it makes. */
  readonly summary: string;
  /** One sentence: what to expect of size and time. A file that got smaller need not have become faster. */
  readonly expectation: string;
  readonly parameters: z.ZodObject & z.ZodType<P>;
  /** True when the result depends on the calibration inputs. */
  readonly calibrated: (parameters: P) => boolean;
  /** What else the result depends on besides the parameters; joins the cache key. */
  readonly fingerprint?: (parameters: P, baseFolder: string) => Promise<string>;
  /** The parameters as they may be shown and kept; without it, as they are. */
  readonly disclosed?: (parameters: P) => Readonly<Record<string, unknown>>;
  /** Throws RecipeError and OnnxError. */
  readonly apply: (parent: ParentModel, parameters: P, context: RecipeContext) => Promise<RecipeOutcome>;
}
