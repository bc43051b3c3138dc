import { TransportFault } from './transport-fault.ts';

/** A value of a capability. */
export type CapabilityValue = string | number | boolean | null | readonly CapabilityValue[] | { readonly [name: string]: CapabilityValue };

const HIDDEN = '[hidden]';

/** Values that the configuration takes from the environment: put in where they are sent, and taken out of what a server answers. */
export class SessionSecrets {
  readonly #device: string;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #values = new Set<string>();

  constructor(device: string, environment: Readonly<Record<string, string | undefined>>) {
    this.#device = device;
    this.#environment = environment;
  }

  /** `env:NAME` -> what the variable holds. Throws TransportFault `missing`. */
  value(reference: string): string {
    const name = reference.slice('env:'.length);
    const value = this.#environment[name];
    if (value === undefined || value === '') throw new TransportFault('missing', this.#device, `the environment has no ${name}, which paddock.yaml names; set it for the command that starts Paddock`);
    this.#values.add(value);
    return value;
  }

  /** The same with each text `env:NAME` in it replaced, at any depth. Throws TransportFault `missing`. */
  fill(value: CapabilityValue): CapabilityValue {
    if (typeof value === 'string') return /^env:[A-Za-z_]\w*$/.test(value) ? this.value(value) : value;
    if (value === null || typeof value !== 'object') return value;
    if (isList(value)) return value.map((each) => this.fill(each));
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.fill(each)]));
  }

  /** The text without any of them. */
  hide(text: string): string {
    let hidden = text;
    // The longest first: one may be part of another.
    const forms = [...this.#values].flatMap((value) => [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]).toSorted((a, b) => b.length - a.length);
    for (const form of forms) hidden = hidden.replaceAll(form, HIDDEN);
    return hidden;
  }
}

function isList(value: object): value is readonly CapabilityValue[] {
  return Array.isArray(value);
}
