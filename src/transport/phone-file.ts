import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { PhonePlatform } from './phone-answers.ts';
import type { PhoneCommands } from './phone-commands.ts';

/** A file in an app's own container: nothing else on a phone is written or read. */
export interface PhoneFile {
  /** The package or bundle id. On Android the app must be debuggable; on iOS it must share its documents, or be signed for development. */
  readonly appId: string;
  /** Relative, with `/`. On iOS, of the folder that it shows in Files. */
  readonly path: string;
}

/** A file travels as base64 inside one JSON text, which Appium holds in memory more than once; what is larger goes by adb, or by the page. */
export const MAX_PHONE_FILE_BYTES = 64 * 1024 * 1024;
const TRANSFER_MS = 180_000;

const APP_ID = /^[A-Za-z][\w-]*(?:\.[\w-]+)+$/;
const MAX_ID_CHARS = 255;
/** What needs no quoting on either side: UiAutomator2 puts a path into a shell's command line. */
const SEGMENT = /^[\w+-][\w.+-]*$/;

/** Throws PhoneCommandError `refused` for what is no package or bundle id. */
export function checkAppId(commands: PhoneCommands, command: string, appId: string): string {
  if (appId.length > MAX_ID_CHARS || !APP_ID.test(appId)) throw commands.fault('refused', command, `${JSON.stringify(appId.slice(0, MAX_ID_CHARS))} is no package or bundle id`);
  return appId;
}

function remotePath(commands: PhoneCommands, command: string, platform: PhonePlatform, { appId, path }: PhoneFile): string {
  checkAppId(commands, command, appId);
  if (path.length > 1000 || !path.split('/').every((segment) => SEGMENT.test(segment))) throw commands.fault('refused', command, `${JSON.stringify(path.slice(0, 200))} is no plain path inside the app's folder: names of letters, digits and . _ + - with / between them`);
  return platform === 'android' ? `@${appId}/${path}` : `@${appId}:documents/${path}`;
}

/** Writes a file into an app's container and reads it back: neither driver has a command that tells a file's digest. Throws PhoneCommandError, `answer` when it came back otherwise. */
export async function pushPhoneFile(commands: PhoneCommands, platform: PhonePlatform, file: PhoneFile, content: Uint8Array): Promise<void> {
  const path = remotePath(commands, 'pushFile', platform, file);
  if (content.byteLength > MAX_PHONE_FILE_BYTES) throw commands.fault('refused', 'pushFile', `${content.byteLength} bytes are more than the ${MAX_PHONE_FILE_BYTES} that a file may have through Appium`);
  await commands.ask('pushFile', { remotePath: path, payload: Buffer.from(content).toString('base64') }, z.unknown(), { timeoutMs: TRANSFER_MS });
  const back = await pullPhoneFile(commands, platform, file, { maxBytes: Math.max(content.byteLength, 1) });
  if (sha256(back) !== sha256(content)) throw commands.fault('answer', 'pushFile', `${path} holds other content than was sent (${back.byteLength} bytes of ${content.byteLength})`);
}

/** Reads a file of an app's container. `sha256` (hex): what it must have. Throws PhoneCommandError, `answer` for a file beyond the bound, other content, or no base64. */
export async function pullPhoneFile(commands: PhoneCommands, platform: PhonePlatform, file: PhoneFile, { maxBytes, sha256: expected }: { readonly maxBytes: number; readonly sha256?: string }): Promise<Uint8Array> {
  const path = remotePath(commands, 'pullFile', platform, file);
  const bytes = await askBase64(commands, 'pullFile', { remotePath: path }, { maxBytes: Math.min(maxBytes, MAX_PHONE_FILE_BYTES), timeoutMs: TRANSFER_MS });
  if (expected !== undefined && sha256(bytes) !== expected) throw commands.fault('answer', 'pullFile', `${path} has the digest ${sha256(bytes)}, not ${expected}`);
  return bytes;
}

/** An answer that is a file. Its size is known only when it is here. */
export async function askBase64(commands: PhoneCommands, command: string, args: Readonly<Record<string, unknown>>, { maxBytes, timeoutMs }: { readonly maxBytes: number; readonly timeoutMs: number }): Promise<Uint8Array> {
  // With line breaks every 76 characters (MIME) base64 is 1.37 times as long as its content.
  const text = await commands.ask(command, args, z.string().max(Math.ceil(maxBytes * 1.4) + 8, `a file of more than ${maxBytes} bytes`), { timeoutMs });
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw commands.fault('answer', command, 'its answer is no base64');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.byteLength > maxBytes) throw commands.fault('answer', command, `its answer is a file of ${bytes.byteLength} bytes, more than ${maxBytes}`);
  return bytes;
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
