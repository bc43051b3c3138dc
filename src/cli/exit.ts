/** Exit codes of the contract. */
export const EXIT = {
  /** Done, all valid. */
  ok: 0,
  /** Done, but a case failed, was invalid, or regressed under `--fail-on`. */
  notAllValid: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** Nothing to run on. */
  noDevice: 3,
  /** A fault of Paddock's own. */
  internal: 70,
  /** Interrupted; the run can be resumed. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Something the user can put right: printed as it is, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode = EXIT.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}
