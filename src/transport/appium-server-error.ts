/**
 * What is wrong with an Appium server that Paddock starts:
 * - `not-installed` a package is missing (Appium itself, or Paddock's own program for it); `driver-missing` no driver of that automation name is installed
 * - `home` the user's APPIUM_HOME, or Paddock's own, can't be used; `port-taken` something listens at the port; `not-started` it ended or did not answer in time
 * - `ended` it was up and went by itself
 */
export type AppiumServerErrorKind = 'not-installed' | 'driver-missing' | 'home' | 'port-taken' | 'not-started' | 'ended';

/** An Appium server that could not be started, or that went. */
export class AppiumServerError extends Error {
  override readonly name = 'AppiumServerError';
  readonly kind: AppiumServerErrorKind;
  /** What is wrong, without what to do. */
  readonly reason: string;
  /** The command that puts it right; null where there is none. */
  readonly mend: string | null;
  constructor(kind: AppiumServerErrorKind, message: string, { mend = null, cause }: { readonly mend?: string | null; readonly cause?: unknown } = {}) {
    super(`Appium: ${message}${mend === null ? '' : `. To put it right: ${mend}`}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.reason = message;
    this.mend = mend;
  }
}
