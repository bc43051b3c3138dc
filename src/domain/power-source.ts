import * as z from 'zod';

/** A program that prints power, one reading a line. */
const commandFields = {
  argv: z.array(z.string().min(1)).min(1).max(50).describe('the program and its words; no shell reads them'),
  format: z.enum(['watts', 'tegrastats']).default('watts').describe('watts: a line holds a time and the watts, with blanks or a comma between them; tegrastats: lines of NVIDIA\'s tool'),
  clock: z.enum(['s', 'ms', 'us', 'ns', 'arrival']).default('s').describe('unit of the program\'s own time, whose origin is found by the step of the load; arrival: lines without a time count when they arrive'),
  intervalMs: z.int().min(1).max(60_000).default(100).describe('how often it prints'),
  covers: z.string().min(1).max(120).describe('what it measures, for reports, as in "whole device at its battery terminals"'),
} as const;

/** Where a device's power can be read from. Unit and sign are facts of the hardware: no reading tells them. */
export const powerSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('battery'),
    supply: z.string().min(1).default('battery').describe('folder under /sys/class/power_supply'),
    currentUnit: z.enum(['uA', 'mA']).describe('unit of current_now'),
    discharging: z.enum(['positive', 'negative']).describe('sign of current_now while the battery gives power'),
    refreshMs: z.int().min(10).max(60_000).default(1000).describe('how often the gauge has a new value'),
    source: z.string().min(1).optional(),
  }),
  z.strictObject({
    kind: z.literal('odpm'),
    rails: z.array(z.string().min(1)).min(1).max(50).describe('rails to add up, by name; `*` stands for any characters'),
    covers: z.string().min(1).max(120),
    source: z.string().min(1).optional(),
  }),
  z.strictObject({
    kind: z.literal('ina'),
    rails: z.array(z.string().min(1)).min(1).max(50).describe('channels of INA power monitors to add up, by label'),
    covers: z.string().min(1).max(120),
    source: z.string().min(1).optional(),
  }),
  z.strictObject({ kind: z.literal('rapl') }),
  z.strictObject({ kind: z.literal('command'), runsOn: z.enum(['device', 'host']).default('host'), rails: z.array(z.string().min(1)).min(1).max(50).optional().describe('tegrastats: rails to add up'), ...commandFields }),
]);
export type PowerSource = Readonly<z.output<typeof powerSourceSchema>>;
export type PowerSourceOf<K extends PowerSource['kind']> = Extract<PowerSource, { readonly kind: K }>;
