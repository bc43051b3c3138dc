import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from '../../src/domain/shell-word.ts';

test.each(['plain', '', 'a b', `it's`, `''`, '"', '$(x)', '`x`', String.raw`\'`, 'a\nb', '*', '#', '~', '-x', '字', 'a?threads=1&batch=1'])('a shell gives back %j', (word) => {
  expect(spawnSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8', timeout: 60_000 }).stdout).toBe(word);
});
