import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { INSTALL, namedFiles, published, TINY_LAB, tinyStore } from './small.ts';
import { nightRunId, storeNight } from './synthetic.ts';

let folder = '';
let store = '';
let site = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-site-'));
  store = join(folder, 'store.sqlite');
  site = join(folder, 'site');
});
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

function filesOf(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1)).filter((name) => !name.startsWith('.')).sort();
}

describe('a site as files', () => {
  test('names only files of its own, all of them there, and nothing from elsewhere', async () => {
    tinyStore(store);
    await published(store, site);
    const named = namedFiles(site);
    for (const file of named) expect(existsSync(join(site, file))).toBe(true);
    expect([...new Set(named), 'index.html', 'paddock-site.json'].sort()).toEqual(filesOf(site));
    expect(readFileSync(join(site, 'index.html'), 'utf8')).not.toMatch(/https?:|\/\//);
    for (const file of named.filter((name) => name.startsWith('assets/'))) {
      expect(readFileSync(join(site, file), 'utf8').replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\/|@import|url\(/);
    }
  });

  test('published again from the same store, nothing is written', async () => {
    tinyStore(store);
    await published(store, site);
    const before = filesOf(site).map((name) => statSync(join(site, name)).mtimeMs);
    expect((await published(store, site)).written).toBe(0);
    expect(filesOf(site).map((name) => statSync(join(site, name)).mtimeMs)).toEqual(before);
  });

  test('a new night leaves the files of older months as they are, and shows', async () => {
    tinyStore(store, { nights: 9 });
    await published(store, site);
    const before = new Set(namedFiles(site));
    storeNight(store, TINY_LAB, 9);
    await published(store, site);
    const after = namedFiles(site);
    const october = [...before].filter((file) => file.startsWith('data/series-') && readFileSync(join(site, file), 'utf8').startsWith("paddockData('series/0/2026-10'"));
    expect(october).toHaveLength(1);
    expect(after).toContain(october[0]);
    expect(after.filter((file) => !before.has(file)).some((file) => file.startsWith('data/overview-'))).toBe(true);
    expect(readFileSync(join(site, after.find((file) => file.startsWith('data/overview-')) ?? ''), 'utf8')).toContain(nightRunId(TINY_LAB, 9));
    // A page that was open before still finds its data; one publication later they are gone.
    for (const file of before) expect(existsSync(join(site, file))).toBe(true);
    await published(store, site);
    expect(filesOf(site).filter((name) => name.startsWith('data/')).toSorted()).toEqual([...new Set(namedFiles(site))].filter((name) => name.startsWith('data/')).toSorted());
  });

  test('results that are stored anew are published anew', async () => {
    tinyStore(store);
    await published(store, site);
    const id = nightRunId(TINY_LAB, 9);
    {
      using writable = openStore(store, { mode: 'write' });
      const [first] = writable.results(id);
      if (first === undefined) throw new Error('no result');
      writable.putResult(id, 0, { ...first, repro: 'paddock run mended.yaml' });
    }
    await published(store, site);
    expect(namedFiles(site).some((file) => readFileSync(join(site, file), 'utf8').includes('mended.yaml'))).toBe(true);
  });

  test('what it remembers may be lost or torn: all is made again', async () => {
    tinyStore(store);
    await published(store, site);
    const whole = namedFiles(site);
    writeFileSync(join(site, 'paddock-site.json'), '{"version":1,"mon');
    rmSync(join(site, whole.find((file) => file.startsWith('data/series-')) ?? ''));
    await published(store, site);
    expect(namedFiles(site)).toEqual(whole);
    for (const file of whole) expect(existsSync(join(site, file))).toBe(true);
  });

  test('a folder with other files is refused, and left as it is', async () => {
    tinyStore(store, { nights: 2, nightsWithResults: 1 });
    await expect(published(store, folder)).rejects.toThrow('What to do: name a folder that is empty or not there yet');
    expect(existsSync(join(folder, 'index.html'))).toBe(false);
  });

  test('hostile names are in no path', async () => {
    tinyStore(store, { nights: 3, devices: ['../../etc/passwd', '</script><img src=x onerror=alert(1)>'], models: ['a/../../b\u0000c', '__proto__'] });
    await published(store, site);
    for (const name of filesOf(site)) expect(name).toMatch(/^(index\.html|paddock-site\.json|(data|assets)\/[a-z]+-[0-9a-f]{20}\.(js|css))$/);
    for (const file of namedFiles(site).filter((name) => name.startsWith('data/'))) expect(() => new Script(readFileSync(join(site, file), 'utf8'))).not.toThrow();
  });

  test('two at once take turns, and both leave a whole site', async () => {
    tinyStore(store, { nights: 9 });
    await published(store, site);
    storeNight(store, TINY_LAB, 9);
    const script = `import { published } from ${JSON.stringify(join(INSTALL, 'test/site/small.ts'))}; await published(${JSON.stringify(store)}, ${JSON.stringify(site)});`;
    const codes = await Promise.all([0, 1, 2].map(() => new Promise((ended) => { spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }).once('exit', ended); })));
    expect(codes).toEqual([0, 0, 0]);
    expect([...new Set(namedFiles(site)), 'index.html', 'paddock-site.json'].every((file) => existsSync(join(site, file)))).toBe(true);
    expect(namedFiles(site).some((file) => readFileSync(join(site, file), 'utf8').includes(nightRunId(TINY_LAB, 9)))).toBe(true);
  });

  test('killed at any moment, it leaves a whole site, and the next publication mends what is left', async () => {
    tinyStore(store, { nights: 9 });
    await published(store, site);
    storeNight(store, TINY_LAB, 9);
    const script = `import { published } from ${JSON.stringify(join(INSTALL, 'test/site/small.ts'))}; process.stdout.write('ready'); await published(${JSON.stringify(store)}, ${JSON.stringify(site)}); process.stdout.write('done');`;
    for (const waitMs of [0, 4, 10, 20, 35, 60]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise((ready) => { child.stdout.once('data', ready); });
      await new Promise((wait) => { setTimeout(wait, waitMs); });
      const gone = new Promise((exited) => { child.once('exit', exited); });
      child.kill('SIGKILL');
      await gone;
      for (const file of namedFiles(site)) expect(existsSync(join(site, file)), `after ${waitMs} ms: ${file}`).toBe(true);
    }
    await published(store, site);
    await published(store, site);
    expect(filesOf(site).filter((name) => name.startsWith('data/'))).toEqual([...new Set(namedFiles(site))].filter((name) => name.startsWith('data/')).sort());
    expect(readdirSync(join(site, 'data')).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
