import { dumpLines, type DumpOutcome } from './dump.ts';
import { readLabels, type FieldsOf, type LabelTable } from './label-table.ts';
import { positive, words, yesNo } from './reading.ts';

function commaList(text: string): readonly string[] | null {
  const parts = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
  return parts.length === 0 ? null : parts;
}

/** `ro.opengles.version` is major × 65536 + minor (android.content.pm.ConfigurationInfo.reqGlEsVersion). */
function openGlEs(text: string): string | null {
  const version = positive(text);
  return version === null || version < 65_536 || version > 0xff_ffff ? null : `${version >> 16}.${version & 0xffff}`;
}

/** What tells a device's class and its state. Serial numbers, IMEI and the network's properties are not read. Several names lead to one field where vendors differ: the first that is there counts. */
const FIELDS = {
  'ro.product.manufacturer': { field: 'manufacturer', read: words },
  'ro.product.brand': { field: 'brand', read: words },
  'ro.product.model': { field: 'model', read: words },
  'ro.config.marketing_name': { field: 'marketingName', read: words },
  'ro.product.marketname': { field: 'marketingName', read: words },
  'ro.product.name': { field: 'product', read: words },
  'ro.product.device': { field: 'device', read: words },
  'ro.product.board': { field: 'board', read: words },
  'ro.board.platform': { field: 'platform', read: words },
  'ro.hardware': { field: 'hardware', read: words },
  'ro.soc.manufacturer': { field: 'socManufacturer', read: words },
  'ro.soc.model': { field: 'socModel', read: words },
  'ro.chipname': { field: 'chip', read: words },
  'ro.mediatek.platform': { field: 'chip', read: words },
  'ro.vendor.mediatek.platform': { field: 'chip', read: words },
  'ro.hardware.egl': { field: 'egl', read: words },
  'ro.hardware.vulkan': { field: 'vulkan', read: words },
  'ro.opengles.version': { field: 'openGlEs', read: openGlEs },
  'ro.product.cpu.abilist': { field: 'abis', read: commaList },
  'ro.build.version.release': { field: 'androidVersion', read: words },
  'ro.build.version.sdk': { field: 'apiLevel', read: positive },
  'ro.build.version.security_patch': { field: 'securityPatch', read: words },
  'ro.build.fingerprint': { field: 'buildFingerprint', read: words },
  'ro.build.type': { field: 'buildType', read: words },
  'ro.kernel.qemu': { field: 'emulator', read: yesNo },
  'ro.boot.qemu': { field: 'emulator', read: yesNo },
  'sys.boot_completed': { field: 'bootCompleted', read: yesNo },
} as const satisfies LabelTable;

export type AndroidProperties = FieldsOf<typeof FIELDS>;

/** Every property of `getprop`, by name: `[name]: [value]` on each line; the first of a name counts. Not for storing: some tell who the user is. */
export function getprop(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const line of dumpLines(text)) {
    const [, name, value] = /^\s*\[([^\]]+)\]: \[(.*)\]$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && !properties.has(name)) properties.set(name, value.trim());
  }
  return properties;
}

/** Reads `getprop`. */
export function parseGetprop(text: string): DumpOutcome<AndroidProperties> {
  const pairs = [...getprop(text)];
  if (pairs.length === 0) return { ok: false, reason: 'it has no `[name]: [value]` line of getprop' };
  const { fields, warnings } = readLabels(pairs, FIELDS);
  if (Object.keys(fields).length === 0) return { ok: false, reason: `none of its ${pairs.length} properties tells of the device (ro.product.model, ro.build.version.sdk …)` };
  return { ok: true, value: fields, warnings };
}
