/** `npm run build:native`: the native harness app for every kind of device that this machine has a compiler for, in `build/ABI/harness-native`. */
import { join, relative } from 'node:path';
import { compileNative, TARGETS } from './compile.ts';

let built = 0;
for (const { abi, compiler, bring } of TARGETS) {
  const command = compiler();
  if (command === null) {
    console.log(`${abi}: skipped, there is no compiler for it here; to have one: ${bring}`);
    continue;
  }
  const path = join(import.meta.dirname, 'build', abi, 'harness-native');
  compileNative(command, path, 'release');
  console.log(`${abi}: ${relative(process.cwd(), path)} (${command.join(' ')})`);
  built++;
}
if (built === 0) process.exitCode = 1;
