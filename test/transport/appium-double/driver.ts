/**
 * Doubles of Appium's UiAutomator2 and XCUITest drivers, loaded by the real Appium server: commands, parameter names and answers as those drivers document them, checked by Appium's own
 * BaseDriver; no phone. `double: answer`, `double: fail` and `double: hang` make a command misbehave.
 */
import { createRequire } from 'node:module';
import { ANDROID, type CommandTable, IOS } from './commands.ts';

interface Base {
  log: { info(text: string): void };
  executeMethod(script: string, args: unknown): Promise<unknown>;
}
const { BaseDriver, errors } = createRequire(import.meta.url)('appium/driver') as {
  readonly BaseDriver: new (...args: unknown[]) => Base;
  readonly errors: Readonly<Record<string, new (message: string) => Error>>;
};

type Behaviour = { readonly kind: 'answer'; readonly answer: unknown } | { readonly kind: 'fail'; readonly error: string; readonly message: string } | { readonly kind: 'hang' };

const CONTROLS = {
  'double: answer': { command: 'controlAnswer', params: { required: ['name', 'answer'] } },
  'double: fail': { command: 'controlFail', params: { required: ['name', 'error', 'message'] } },
  'double: hang': { command: 'controlHang', params: { required: ['name'] } },
  'double: calls': { command: 'controlCalls' },
} as const;

class PhoneDouble extends BaseDriver {
  readonly behaviours = new Map<string, Behaviour>();
  readonly files = new Map<string, string>();
  readonly calls: { readonly name: string; readonly args: readonly unknown[] }[] = [];

  async execute(script: string, args: unknown): Promise<unknown> {
    return this.executeMethod(script, args);
  }

  async respond(name: string, args: readonly unknown[], answer: (files: Map<string, string>, args: readonly unknown[]) => unknown): Promise<unknown> {
    this.calls.push({ name, args });
    const behaviour = this.behaviours.get(name);
    switch (behaviour?.kind) {
      case undefined: return answer(this.files, args);
      case 'answer': return behaviour.answer;
      case 'hang': return new Promise(() => {});
      case 'fail': {
        const Failure = errors[behaviour.error] ?? Error;
        throw new Failure(behaviour.message);
      }
    }
  }

  controlAnswer(name: string, answer: unknown): void {
    this.behaviours.set(name, { kind: 'answer', answer });
  }

  controlFail(name: string, error: string, message: string): void {
    this.behaviours.set(name, { kind: 'fail', error, message });
  }

  controlHang(name: string): void {
    this.behaviours.set(name, { kind: 'hang' });
  }

  controlCalls(): unknown {
    return this.calls;
  }
}

function doubleOf(table: CommandTable): typeof PhoneDouble {
  class Double extends PhoneDouble {
    static executeMethodMap = {
      ...Object.fromEntries(Object.entries(table).map(([name, { required = [], optional = [] }]) => [`mobile: ${name}`, { command: `do_${name}`, params: { required, optional } }])),
      ...CONTROLS,
    };
  }
  for (const [name, { answer }] of Object.entries(table)) {
    Object.defineProperty(Double.prototype, `do_${name}`, { value(this: PhoneDouble, ...args: readonly unknown[]) { return this.respond(name, args, answer); } });
  }
  return Double;
}

export const AndroidDouble = doubleOf(ANDROID);
export const IosDouble = doubleOf(IOS);
