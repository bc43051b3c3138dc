import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, describe, test } from 'vitest';
import { compileNative, TARGETS, type Flavour } from '../../harness-apps/native/compile.ts';
import { lacks } from '../lacks.ts';

const host = TARGETS.find((target) => target.abi === `${process.platform}-${process.arch}`);

/** ONNX Runtime's library out of onnxruntime-node, for this machine. */
export const ORT_LIBRARY = new URL(`../../node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime.so.1`, import.meta.url).pathname;

/** Describes tests of the native harness app, compiled afresh; `body` gets the command that starts it and its folder. Without a compiler they are skipped aloud. */
export function describeNative(name: string, flavour: Flavour, body: (argv: readonly string[], folder: string) => void): void {
  const compiler = host?.compiler() ?? null;
  if (lacks('a C compiler', compiler !== null, host?.bring ?? 'there is no target of the native harness for this machine') || compiler === null) {
    describe.skip(name, () => { test('needs a C compiler', () => {}); });
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'paddock-native-'));
  const path = join(folder, 'harness-native');
  compileNative(compiler, path, flavour);
  describe(name, () => {
    afterAll(() => rmSync(folder, { recursive: true }));
    body([path, '--library', ORT_LIBRARY], folder);
  });
}
