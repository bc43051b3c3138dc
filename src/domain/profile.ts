import * as z from 'zod';
import { DELEGATE_KINDS } from './case.ts';
import { gateBoundsSchema } from './gate.ts';
import { idSchema } from './ids.ts';
import { powerSourceSchema } from './power-source.ts';
import { deviceSettingsSchema } from './settings.ts';

/** One text, or several of which one must match; `*` stands for any characters. Compared without regard to case. */
const pattern = z.union([z.string().min(1).max(200), z.array(z.string().min(1).max(200)).min(1).max(50)]).transform((value) => (typeof value === 'string' ? [value] : value));
export type Pattern = z.infer<typeof pattern>;

const cpuList = z.string().regex(/^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/, 'a list of cores, as in 0-3,6');

/** One way to know the hardware: everything that is named must match. */
export const recogniseSchema = z.strictObject({
  properties: z.record(z.string().min(1), pattern).optional().describe('Android system properties by name, as `getprop` prints them'),
  deviceTreeModel: pattern.optional().describe('the device tree\'s model (/sys/firmware/devicetree/base/model)'),
  compatible: pattern.optional().describe('one of the texts in the device tree\'s compatible'),
  dmi: z.partialRecord(z.enum(['sys_vendor', 'product_name', 'product_version', 'board_vendor', 'board_name', 'bios_vendor']), pattern).optional().describe('files of /sys/class/dmi/id'),
  cpuParts: z.array(z.string().min(1)).min(1).optional().describe('cores that /proc/cpuinfo must list, by name (Cortex-A76) or number (0x41:0xd0b)'),
  system: z.enum(['android', 'linux', 'other']).optional(),
  arch: z.enum(['arm64', 'arm', 'x64', 'ia32', 'riscv64']).optional(),
}).refine((entry) => Object.keys(entry).length > 0, 'name at least one thing to recognise the hardware by');
export type Recognise = z.infer<typeof recogniseSchema>;

/** As a runtime's `affinity`: the clusters that the profile recommends (`cpu.use`); so no cluster has this name. */
export const RECOMMENDED = 'recommended';

/** Cores of one kind. */
const clusterSchema = z.strictObject({
  name: idSchema.refine((name) => name !== RECOMMENDED, `no cluster can be named ${RECOMMENDED}: \`affinity\` has that word for those of \`cpu.use\``),
  core: z.string().min(1).describe('the core\'s name, as in Cortex-X3'),
  cpus: cpuList,
  maxMhz: z.number().positive().optional(),
});
export type CpuCluster = Readonly<z.infer<typeof clusterSchema>>;

const thermalZoneSchema = z.strictObject({
  type: pattern.describe('the zone\'s type, or the sensor\'s name in the thermal HAL'),
  part: z.enum(['cpu', 'gpu', 'npu', 'skin', 'battery', 'soc', 'board']).describe('what is hot there; told with the device'),
  throttlesAtC: z.number().min(0).max(150).optional().describe('from here on the device slows itself down'),
});

const quirkSchema = z.strictObject({ what: z.string().min(1).max(500), source: z.string().min(1).max(500).describe('a URL or a document with its place') });

/** What a class of hardware has, as a file of `device-profiles/` tells it. Only what has a source; what is not known is left out. */
export const deviceProfileSchema = z.strictObject({
  profile: idSchema.describe('id of the class; one of a user\'s own folder replaces the one of the same id that comes with Paddock'),
  title: z.string().min(1).max(120),
  generic: z.enum(['class', 'unknown']).optional().describe('takes what no other profile recognises; class: hardware of a broad kind that standard interfaces tell all of; unknown: stands in for hardware that nobody has described'),
  recognise: z.array(recogniseSchema).min(1).max(50).describe('any one of these'),
  soc: z.strictObject({ name: z.string().min(1), vendor: z.string().min(1).optional() }).optional(),
  cpu: z.strictObject({
    clusters: z.array(clusterSchema).min(1).max(8),
    use: z.array(idSchema).min(1).describe('clusters that `affinity: recommended` of a runtime stands for, by name'),
  }).optional(),
  gpu: z.strictObject({ name: z.string().min(1) }).optional(),
  npu: z.strictObject({ name: z.string().min(1) }).optional(),
  delegates: z.record(idSchema, z.array(z.strictObject({ name: idSchema, kind: z.enum(DELEGATE_KINDS) })).min(1)).optional().describe('by runtime: delegates that this hardware can run, whether or not a build at hand has them; what a build lacks is told'),
  thermal: z.strictObject({
    zones: z.array(thermalZoneSchema).max(50).default([]),
    ignore: z.array(z.string().min(1)).max(50).default([]).describe('zones that are no temperature of this device, by type; `*` stands for any characters'),
  }).optional(),
  firmware: z.strictObject({
    kind: z.literal('vcgencmd').describe('vcgencmd get_throttled, on a Raspberry Pi'),
    source: z.string().min(1).max(500),
  }).optional().describe('who is asked why the clock is held, where a system\'s own files don\'t tell'),
  power: z.array(powerSourceSchema).max(10).optional().describe('the first one that can be read counts'),
  gates: gateBoundsSchema.optional().describe('bounds of this hardware where the suite gives none'),
  settings: deviceSettingsSchema.optional().describe('what Paddock sets on such a device while it measures, and puts back'),
  quirks: z.array(quirkSchema).max(50).default([]),
  sources: z.array(z.string().min(1).max(500)).min(1).max(30).describe('where the facts above come from'),
}).superRefine((profile, context) => {
  const names = profile.cpu?.clusters.map((cluster) => cluster.name) ?? [];
  for (const [index, name] of (profile.cpu?.use ?? []).entries()) {
    if (!names.includes(name)) context.addIssue({ code: 'custom', path: ['cpu', 'use', index], message: `no cluster has the name "${name}"; there are: ${names.join(', ')}` });
  }
});
export type DeviceProfile = Readonly<z.output<typeof deviceProfileSchema>>;
