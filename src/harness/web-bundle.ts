import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuntimeSpec } from '../domain/suite.ts';
import { PAGE_PROGRAM, pageFolder } from '../transport/browser-transport.ts';
import { bundleFile, bundleSha256 } from './bundle.ts';
import { HarnessMissing, HarnessUnfit } from './harness-missing.ts';
import type { HarnessCommand } from './prepare-harness.ts';

/** The web harness, which the page's own server gives the browser. Throws HarnessUnfit for a runtime that asks for another one, HarnessMissing. */
export async function webHarness({ harness }: Pick<RuntimeSpec, 'harness'>, installFolder: string, signal: AbortSignal): Promise<HarnessCommand> {
  if (harness !== undefined) throw new HarnessUnfit(`a browser runs the web harness only, not \`harness: ${typeof harness === 'string' ? harness : '[…]'}\`; leave \`harness\` out, or give browsers a runtime of their own in the suite`);
  const folder = pageFolder(installFolder);
  const names: readonly string[] = await readdir(folder).catch(() => []);
  if (!names.includes('index.html')) throw new HarnessMissing(`${folder} has no page; make it with: npm run build`);
  const files = [];
  for (const name of names) files.push(await bundleFile(name, join(folder, name), signal));
  return { argv: [PAGE_PROGRAM], sha256: bundleSha256(files) };
}
