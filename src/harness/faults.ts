/** What went wrong with a harness process, each with the end of its log text. After all but a refusal the process is dead. */
abstract class HarnessFault extends Error {
  /** The end of what the harness printed beside the protocol. */
  readonly log: string;
  constructor(message: string, log: string) {
    super(message);
    this.log = log;
  }
}

/** The harness answered with an `error` event: it works, but does not do what was asked. `code` is one of ERROR_CODES. */
export class HarnessRefusal extends HarnessFault {
  override readonly name = 'HarnessRefusal';
  readonly code: string;
  constructor(code: string, message: string, log: string) {
    super(message, log);
    this.code = code;
  }
}

/** The harness went on, but what it measured meanwhile is spoiled: its page was hidden or held back. */
export class HarnessDisturbed extends HarnessFault {
  override readonly name = 'HarnessDisturbed';
}

/** The harness process ended without being asked to. */
export class HarnessCrash extends HarnessFault {
  override readonly name = 'HarnessCrash';
  readonly exitCode: number | null;
  readonly signal: string | null;
  constructor(during: string, exit: { readonly exitCode: number | null; readonly signal: string | null }, log: string) {
    const how = exit.signal === null ? `with exit code ${exit.exitCode ?? 'unknown'}` : `by ${exit.signal}`;
    super(`the harness process ended ${how} during ${during}`, log);
    this.exitCode = exit.exitCode;
    this.signal = exit.signal;
  }
}

/** The harness gave no answer in time and was killed. */
export class HarnessHang extends HarnessFault {
  override readonly name = 'HarnessHang';
  readonly op: string;
  readonly timeoutMs: number;
  constructor(op: string, timeoutMs: number, log: string) {
    super(`the harness did not answer ${op} within ${(timeoutMs / 1000).toFixed(1)} s and was killed`, log);
    this.op = op;
    this.timeoutMs = timeoutMs;
  }
}

/** The harness broke the protocol and was killed. */
export class HarnessGarbage extends HarnessFault {
  override readonly name = 'HarnessGarbage';
  constructor(what: string, log: string) {
    super(`the harness broke the protocol: ${what}`, log);
  }
}

/** The harness process used more memory than it was allowed and was killed. */
export class HarnessOutOfMemory extends HarnessFault {
  override readonly name = 'HarnessOutOfMemory';
  readonly limitBytes: number;
  constructor(during: string, limitBytes: number, log: string) {
    super(`the harness process went beyond ${Math.round(limitBytes / 2 ** 20)} MiB of memory during ${during} and was killed`, log);
    this.limitBytes = limitBytes;
  }
}
