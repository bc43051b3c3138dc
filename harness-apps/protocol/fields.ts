import { Refusal } from './refusal.ts';

/** Reads the fields of a JSON object; a missing or wrong one is a Refusal that names it. Unknown fields are ignored. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #where: string;

  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refusal('bad-request', `${where} must be an object`);
    this.#values = value as Record<string, unknown>;
    this.#where = where;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  text(name: string): string {
    const value = this.#values[name];
    if (typeof value !== 'string') throw this.#wrong(name, 'text');
    return value;
  }

  isNull(name: string): boolean {
    return this.#values[name] === null;
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.#values[name];
    if (value !== undefined && typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  /** A finite number of at least `least`. */
  number(name: string, least: number): number {
    const value = this.#values[name];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least) throw this.#wrong(name, `a number of at least ${least}`);
    return value;
  }

  whole(name: string, least: number): number {
    const value = this.number(name, least);
    if (!Number.isSafeInteger(value)) throw this.#wrong(name, 'a whole number');
    return value;
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.#values[name];
    const choice = choices.find((each) => each === value);
    if (choice === undefined) throw this.#wrong(name, `one of ${choices.join(', ')}`);
    return choice;
  }

  list(name: string): readonly unknown[] {
    const value = this.#values[name];
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list');
    return value;
  }

  object(name: string): Fields {
    return new Fields(this.#values[name], `${this.#where}.${name}`);
  }

  names(): readonly string[] {
    return Object.keys(this.#values);
  }

  #wrong(name: string, wanted: string): Refusal {
    return new Refusal('bad-request', `${this.#where}.${name} must be ${wanted}`);
  }
}
