import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';

/**
 * Why a command to a phone gave nothing:
 * - `unsupported` its driver has no such command, or not on this device; `not-allowed` the Appium server has the command's feature switched off
 * - `refused` the driver or phone said no; `timeout` no answer in time: Appium answers a session's commands one after the other, so that the next ones would wait too
 * - `answer` it answered otherwise than its documentation says, or at greater length than is taken; `lost` the session or its server is gone
 */
export type PhoneCommandErrorKind = 'unsupported' | 'not-allowed' | 'refused' | 'timeout' | 'answer' | 'lost';

/** A command to a phone through Appium that gave no answer to use. */
export class PhoneCommandError extends Error {
  override readonly name = 'PhoneCommandError';
  readonly kind: PhoneCommandErrorKind;
  /** As Appium calls it: `batteryInfo`. */
  readonly command: string;
  readonly device: string;
  /** What is wrong, without device and command. */
  readonly reason: string;
  constructor(kind: PhoneCommandErrorKind, device: string, command: string, message: string, cause?: unknown) {
    super(`${device}: ${command}: ${message}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.command = command;
    this.device = device;
    this.reason = message;
  }
}

/** Sends `mobile: NAME` with its arguments in an open session and gives the answer as it came; with WebdriverIO, `executeScript(script, [args])`. Rejects with the driver's error. */
export type SendScript = (script: string, args: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** What is beyond this is no answer to a question about a phone; files have bounds of their own. */
const MAX_WORDS = 600;
const ANSWER_MS = 20_000;

/** The driver's words by which a failure is known: W3C's error codes and Appium's sentences (@appium/base-driver, protocol/errors and basedriver/commands). */
const KINDS: readonly (readonly [PhoneCommandErrorKind, RegExp])[] = [
  ['not-allowed', /insecure feature|has not been enabled|relaxed-security|allow-insecure/i],
  ['lost', /invalid session id|session is either terminated|no active session|ECONNREFUSED|ECONNRESET|socket hang up|fetch failed|other side closed|unable to connect/i],
  ['unsupported', /unsupported (?:operation|execute method)|unknown (?:command|method)|not (?:yet )?(?:been )?(?:implemented|supported)|unknown mobile command/i],
];

/** The `mobile:` commands of one session, each with a time limit and its answer checked against a schema. */
export class PhoneCommands {
  readonly device: string;
  readonly #send: SendScript;
  readonly #answerMs: number;

  constructor(device: string, send: SendScript, answerMs = ANSWER_MS) {
    this.device = device;
    this.#send = send;
    this.#answerMs = answerMs;
  }

  /** Throws PhoneCommandError. */
  async ask<T>(command: string, args: Readonly<Record<string, unknown>>, schema: z.ZodType<T>, { timeoutMs = this.#answerMs }: { readonly timeoutMs?: number } = {}): Promise<T> {
    const answer = await this.#within(command, args, timeoutMs);
    const checked = schema.safeParse(answer);
    if (checked.success) return checked.data;
    const [issue] = checked.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? 'its answer' : `\`${issue.path.join('.').slice(0, 100)}\` of its answer`;
    throw this.fault('answer', command, `${where} is not what the driver documents: ${issue?.message ?? 'of another form'}`);
  }

  fault(kind: PhoneCommandErrorKind, command: string, message: string): PhoneCommandError {
    return new PhoneCommandError(kind, this.device, command, message);
  }

  async #within(command: string, args: Readonly<Record<string, unknown>>, timeoutMs: number): Promise<unknown> {
    const stop = new AbortController();
    const asked = this.#send(`mobile: ${command}`, args).catch((error: unknown) => { throw this.#refusal(command, error); });
    asked.catch(() => {}); // what comes after the limit is nobody's
    try {
      return await Promise.race([asked, sleep(timeoutMs, undefined, { signal: stop.signal, ref: false }).then(() => { throw this.fault('timeout', command, `no answer within ${timeoutMs / 1000} s`); })]);
    } finally {
      stop.abort();
    }
  }

  #refusal(command: string, error: unknown): PhoneCommandError {
    const text = error instanceof Error ? `${error.name} ${error.message}` : String(error);
    const kind = KINDS.find(([, words]) => words.test(text))?.[0] ?? 'refused';
    const said = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    return new PhoneCommandError(kind, this.device, command, said.length > MAX_WORDS ? `${said.slice(0, MAX_WORDS)}…` : said, error);
  }
}
