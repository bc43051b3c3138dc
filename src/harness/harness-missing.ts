/** A harness app or a part of it is not on this host, or there is none for a device; the message says what brings it. */
export class HarnessMissing extends Error {
  override readonly name = 'HarnessMissing';
}

/** The device is of a kind that the harness app asked for can't run on. */
export class HarnessUnfit extends Error {
  override readonly name = 'HarnessUnfit';
}
