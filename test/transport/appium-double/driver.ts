/**
 * Doubles of Appium's UiAutomator2 and XCUITest drivers, loaded by the real Appium server: commands, parameter names and answers as those drivers document them, checked by Appium's own
 * BaseDriver; no phone. `double: answer`, `double: fail` and `double: hang` make a command misbehave.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ANDROID, type CommandTable, IOS } from './commands.ts';

interface Base {
  readonly opts: Readonly<Record<string, unknown>>;
  desiredCapConstraints: Readonly<Record<string, object>> | undefined;
  executeMethod(script: string, args: unknown): Promise<unknown>;
}
type Constructor<T> = new (...args: unknown[]) => T;

const { BaseDriver, errors } = createRequire(import.meta.url)('appium/driver') as { readonly BaseDriver: Constructor<Base>; readonly errors: Readonly<Record<string, Constructor<Error>>> };

type Behaviour = { readonly kind: 'answer'; readonly answer: unknown } | { readonly kind: 'fail'; readonly error: string; readonly message: string } | { readonly kind: 'hang' };

const CONTROLS = {
  'double: answer': { command: 'controlAnswer', params: { required: ['name', 'answer'] } },
  'double: fail': { command: 'controlFail', params: { required: ['name', 'error', 'message'] } },
  'double: hang': { command: 'controlHang', params: { required: ['name'] } },
  'double: calls': { command: 'controlCalls' },
} as const;

/** A driver with a phone's commands. Answers in the JSON file that the capability `appium:doubleState` names come before the documented ones. */
function doubleOf<T extends Constructor<Base>>(Driver: T, table: CommandTable): T {
  // @ts-expect-error A mixin's constructor takes any[], which this project has no use for elsewhere.
  class Double extends Driver {
    static executeMethodMap = {
      ...Object.fromEntries(Object.entries(table).map(([name, { required = [], optional = [] }]) => [`mobile: ${name}`, { command: `do_${name}`, params: { required, optional } }])),
      ...CONTROLS,
    };

    readonly behaviours = new Map<string, Behaviour>();
    readonly files = new Map<string, string>();
    readonly calls: { readonly name: string; readonly args: readonly unknown[] }[] = [];

    constructor(...args: unknown[]) {
      super(...args);
      this.desiredCapConstraints = { ...this.desiredCapConstraints, doubleState: { isString: true } };
    }

    async execute(script: string, args: unknown): Promise<unknown> {
      return this.executeMethod(script, args);
    }

    async respond(name: string, args: readonly unknown[]): Promise<unknown> {
      this.calls.push({ name, args });
      const behaviour = this.behaviours.get(name);
      switch (behaviour?.kind) {
        case undefined: return this.state(name) ?? table[name]?.answer(this.files, args);
        case 'answer': return behaviour.answer;
        case 'hang': return new Promise(() => {});
        case 'fail': {
          const Failure = errors[behaviour.error] ?? Error;
          throw new Failure(behaviour.message);
        }
      }
    }

    state(name: string): unknown {
      const path = this.opts['doubleState'];
      return typeof path === 'string' ? (JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>)[name] : undefined;
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
  for (const name of Object.keys(table)) {
    Object.defineProperty(Double.prototype, `do_${name}`, { value(this: Double, ...args: readonly unknown[]) { return this.respond(name, args); } });
  }
  return Double;
}

export const AndroidDouble = doubleOf(BaseDriver, ANDROID);
export const IosDouble = doubleOf(BaseDriver, IOS);

interface ChromiumBase extends Base {
  proxyCommand(url: string, method: string, body: unknown): Promise<unknown>;
  getProxyAvoidList(): readonly (readonly [string, RegExp])[];
  getSessionCaps(): Readonly<Record<string, unknown>>;
  createSession(...asked: readonly unknown[]): Promise<readonly [id: string, capabilities: object]>;
}
// By a name that the compiler does not follow: Appium's types don't compile under this project's settings.
const CHROMIUM: string = 'appium-chromium-driver';
const { ChromiumDriver } = await import(CHROMIUM) as { readonly ChromiumDriver: Constructor<ChromiumBase> };

/** Chrome of an Android phone: the pages run in this machine's Chromium, by Appium's own Chromium driver; the phone is the double's. */
class ChromeOnAndroid extends ChromiumDriver {
  override getProxyAvoidList(): readonly (readonly [string, RegExp])[] {
    return [...super.getProxyAvoidList(), ['POST', /^\/session\/[^/]+\/execute\/sync/]];
  }

  /** UiAutomator2 tells which phone it took. */
  override async createSession(...asked: readonly unknown[]): Promise<readonly [id: string, capabilities: object]> {
    const [id, capabilities] = await super.createSession(...asked);
    return [id, { ...capabilities, deviceUDID: this.opts['udid'] }];
  }

  override getSessionCaps(): Readonly<Record<string, unknown>> {
    const { platformName: _platformName, ...rest } = super.getSessionCaps();
    return rest;
  }
}

class ChromePhone extends doubleOf(ChromeOnAndroid, ANDROID) {
  async execute(script: string, args: unknown): Promise<unknown> {
    return /^(?:mobile|double):/.test(script) ? this.executeMethod(script, args) : this.proxyCommand('/execute/sync', 'POST', { script, args });
  }
}
export const ChromeDouble = ChromePhone;
