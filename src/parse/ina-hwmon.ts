import type { DumpOutcome } from './dump.ts';
import { integer } from './reading.ts';
import { readSysfsFiles, type SysfsFile } from './sysfs-files.ts';

export interface InaChannel {
  readonly channel: number;
  readonly label?: string;
  readonly busVoltageMv?: number;
  readonly shuntVoltageMv?: number;
  readonly currentMa?: number;
  readonly powerUw?: number;
}
export interface InaChip {
  /** Folder of the device. */
  readonly path: string;
  readonly chip?: string;
  readonly channels: readonly InaChannel[];
}

type Quantity = 'busVoltageMv' | 'shuntVoltageMv' | 'currentMa' | 'powerUw';
interface Place { readonly channel: number; readonly quantity: Quantity }

/**
 * Where `inN_input` belongs (Linux Documentation/hwmon/ina2xx.rst and ina3221.rst). INA219, 226 and the like: `in0` is the voltage over the shunt, `in1` that of the bus.
 * INA3221: 1 to 3 are buses, 4 to 6 their shunts, 7 the sum of shunts, which belongs to no channel.
 */
const VOLTAGES: readonly { readonly chip: RegExp; readonly places: Readonly<Record<string, Place>> }[] = [
  { chip: /^ina3221$/, places: {
    1: { channel: 1, quantity: 'busVoltageMv' }, 2: { channel: 2, quantity: 'busVoltageMv' }, 3: { channel: 3, quantity: 'busVoltageMv' },
    4: { channel: 1, quantity: 'shuntVoltageMv' }, 5: { channel: 2, quantity: 'shuntVoltageMv' }, 6: { channel: 3, quantity: 'shuntVoltageMv' },
  } },
  { chip: /^ina2\d\d$/, places: { 0: { channel: 1, quantity: 'shuntVoltageMv' }, 1: { channel: 1, quantity: 'busVoltageMv' } } },
];

/** Units of hwmon (Documentation/hwmon/sysfs-interface.rst): mV, mA, µW. */
const QUANTITIES: Readonly<Record<string, Quantity>> = { curr: 'currentMa', power: 'powerUw' };

/** Reads a dump of an INA power monitor's hwmon files, as `PATH: text` or blocks of `---`, PATH, `---`, text. An unused channel answers with a read error. */
export function parseInaHwmon(text: string): DumpOutcome<{ readonly chips: readonly InaChip[] }> {
  const folders = new Map<string, Map<string, SysfsFile>>();
  for (const file of readSysfsFiles(text)) {
    const at = file.path.lastIndexOf('/');
    const folder = deviceFolder(file.path.slice(0, at));
    const files = folders.get(folder) ?? new Map<string, SysfsFile>();
    files.set(file.path.slice(at + 1), file);
    folders.set(folder, files);
  }
  const warnings: string[] = [];
  const chips = [...folders].flatMap(([path, files]) => {
    const chip = files.get('name')?.text ?? /\/(ina\d{3,4})\//.exec(`${path}/`)?.[1];
    if (chip !== undefined && !/^ina\d/.test(chip)) return [];
    const channels = readChannels(path, chip, files, warnings);
    return chip === undefined && channels.length === 0 ? [] : [{ path, ...(chip === undefined ? {} : { chip }), channels }];
  });
  if (chips.length === 0) return { ok: false, reason: 'it has no file of an INA power monitor (`name` ina…, inN_input, currN_input, powerN_input) with its path' };
  if (chips.every((chip) => chip.channels.length === 0)) warnings.push('no channel has a reading');
  return { ok: true, value: { chips }, warnings };
}

/** …/1-0041/hwmon/hwmon2 belongs to …/1-0041; /sys/class/hwmon/hwmon2 stands for itself. */
function deviceFolder(folder: string): string {
  const outer = /^(.*)\/hwmon\/hwmon\d{1,4}$/.exec(folder)?.[1];
  const plain = outer === undefined || outer.endsWith('/class') ? folder : outer;
  return plain.endsWith('/power') ? plain.slice(0, -'/power'.length) : plain;
}

function readChannels(path: string, chip: string | undefined, files: ReadonlyMap<string, SysfsFile>, warnings: string[]): readonly InaChannel[] {
  const channels = new Map<number, { channel: number; label?: string } & { [quantity in Quantity]?: number }>();
  const voltages = VOLTAGES.find((row) => chip !== undefined && row.chip.test(chip))?.places ?? {};
  for (const [name, file] of files) {
    const [, sort = '', index = ''] = /^(in|curr|power)(\d{1,2})_input$/.exec(name) ?? [];
    if (sort === '') continue;
    const quantity = QUANTITIES[sort];
    const place = sort === 'in' ? voltages[index] : quantity === undefined ? undefined : { channel: Number(index), quantity };
    const value = integer(file.text);
    if (file.fault !== undefined) warnings.push(`${path}/${name} can not be read (${file.fault}): an unused channel answers so`);
    else if (place === undefined) warnings.push(`${path}/${name}: what it holds on ${chip ?? 'a chip without a name'} is not known: left out`);
    else if (value === null) warnings.push(`${path}/${name} holds no number: left out`);
    else {
      const label = files.get(`in${place.channel}_label`)?.text;
      const channel = channels.get(place.channel) ?? { channel: place.channel, ...(label === undefined || label === '' ? {} : { label }) };
      channel[place.quantity] = value;
      channels.set(place.channel, channel);
    }
  }
  return [...channels.values()].sort((a, b) => a.channel - b.channel);
}
