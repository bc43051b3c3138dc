import { expect, test } from 'vitest';
import { LineSplitter, LineTooLong } from '../../src/harness/lines.ts';

test('lines come out whole however the bytes are cut', () => {
  const text = 'one\n\nzwei é 字 🐎\nlast';
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const splitter = new LineSplitter();
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
    expect(lines).toEqual(['one', '', 'zwei é 字 🐎']);
    expect(splitter.end()).toBe('last');
    expect(splitter.end()).toBeNull();
  }
});

test('a line beyond the bound is refused, one at the bound is not, over chunks too', () => {
  expect(new LineSplitter(4).push(Buffer.from('abcd\nefgh\n'))).toEqual(['abcd', 'efgh']);
  const splitter = new LineSplitter(4);
  expect(splitter.push(Buffer.from('abc'))).toEqual([]);
  expect(() => splitter.push(Buffer.from('de\n'))).toThrow(LineTooLong);
});
