export interface OpenOptions {
  readonly signal: AbortSignal;
  /** The push cache on the device is kept below this; left out, 4 GiB. */
  readonly cacheMaxBytes?: number;
  /** Where Paddock's files stand on the device; left out, the first of the usual places that can be written to and started from. */
  readonly remoteFolder?: string;
  /** Paddock's own package folder. Browsers need it: their page and Appium are there. */
  readonly installFolder?: string;
}
