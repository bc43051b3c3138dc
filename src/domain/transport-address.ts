import { z } from 'zod';

const port = z.int().min(1).max(65_535);
const text = z.string().min(1).max(1000);

/** An adb server. */
export const adbServerAddressSchema = z.strictObject({ host: text.default('127.0.0.1'), port: port.default(5037) });
export type AdbServerAddress = z.infer<typeof adbServerAddressSchema>;

/** A device at an adb server. */
export const adbAddressSchema = z.strictObject({
  kind: z.literal('adb'),
  serial: text.describe('as `adb devices` prints it'),
  server: adbServerAddressSchema.prefault({}),
});
export type AdbAddress = z.infer<typeof adbAddressSchema>;

const sshHopSchema = z.strictObject({
  host: text,
  port: port.default(22),
  user: text,
  identityFile: text.optional().describe('a private key; left out, the keys of the agent are tried'),
  passphraseVariable: text.optional().describe('the environment variable that holds the key\'s passphrase'),
  agent: text.optional().describe('socket of an ssh agent; left out, SSH_AUTH_SOCK'),
  knownHosts: text.optional().describe('left out, ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts'),
});

/** A device reached by ssh. */
export const sshAddressSchema = sshHopSchema.extend({ kind: z.literal('ssh'), jump: sshHopSchema.optional().describe('the host to go through') });
export type SshHop = z.infer<typeof sshHopSchema>;
export type SshAddress = z.infer<typeof sshAddressSchema>;

/** Where a device is. */
export const transportAddressSchema = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('local') }), adbAddressSchema, sshAddressSchema]);
export type TransportAddress = z.infer<typeof transportAddressSchema>;
