import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';

const manifestSchema = z.object({ main: z.string().optional(), exports: z.unknown(), appium: z.object({ mainClass: z.string() }) });
/** Appium's own check goes by this table, which has the capabilities of every driver and the driver's own (`BaseDriver` of @appium/base-driver 10). */
const driverSchema = z.object({ _desiredCapConstraints: z.record(z.string(), z.unknown()) });

type DriverClass = new (args: object, shouldValidateCaps: boolean) => unknown;

/** The capabilities that an installed driver declares, without `appium:`. Runs the driver's code: only for the process of an Appium server. Null for a driver that does not tell, or can't be loaded, which Appium tells itself. */
export async function capabilitiesOf(folder: string): Promise<readonly string[] | null> {
  try {
    const { main, exports, appium } = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
    const loaded = await import(pathToFileURL(join(folder, entryOf(exports) ?? main ?? 'index.js')).href) as Readonly<Record<string, DriverClass | undefined>>;
    const Driver = loaded[appium.mainClass];
    return Driver === undefined ? null : Object.keys(driverSchema.parse(new Driver({}, true))._desiredCapConstraints);
  } catch {
    return null;
  }
}

/** As Appium finds it. */
function entryOf(exports: unknown): string | null {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return null;
  const { '.': root, import: ofImport } = exports as { readonly '.'?: unknown; readonly import?: unknown };
  return entryOf(root ?? ofImport ?? null);
}
