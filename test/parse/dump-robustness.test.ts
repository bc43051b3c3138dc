import { describe, expect, test } from 'vitest';
import { DUMP_KINDS, readDump } from '../../src/parse/registry.ts';
import { DUMPS } from './dumps.ts';

/** Mulberry32: a seeded generator, so that a failure repeats. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Every number of a value, with the path of its fields. */
function numbers(value: unknown, path = ''): readonly (readonly [string, number])[] {
  if (typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => numbers(part, `${path}.${key}`));
}

const byName = new Map(DUMPS.map((dump) => [dump.kind, dump.text]));

test('every kind has one name and a dump that it reads', () => {
  expect(new Set(DUMP_KINDS.map(({ kind }) => kind)).size).toBe(DUMP_KINDS.length);
  expect([...byName.keys()].sort()).toEqual(DUMP_KINDS.map(({ kind }) => kind).sort());
});

describe.each(DUMP_KINDS)('$kind', (kind) => {
  const text = byName.get(kind.kind) ?? '';
  const whole = readDump(kind, text);

  test('a dump is read; CRLF changes nothing', () => {
    expect(whole.ok).toBe(true);
    expect(readDump(kind, text.replaceAll('\n', '\r\n'))).toEqual(whole);
  });

  test('cut after any line, no number is another than in the whole dump', () => {
    const lines = text.split('\n');
    const known = new Set(whole.ok ? numbers(whole.value).map(([, value]) => value) : []);
    for (let count = 0; count < lines.length; count += 1) {
      const cut = readDump(kind, lines.slice(0, count).map((line) => `${line}\n`).join(''));
      if (!cut.ok) expect(cut.reason).not.toBe('');
      else for (const [path, value] of numbers(cut.value)) expect(known, `${path} of the first ${count} lines`).toContain(value);
    }
  });

  test('random bytes, shuffled pieces and damaged dumps are read or refused, never thrown at, and no number is NaN or infinite', () => {
    const random = generator(20_261_101);
    const pieces = [...text.split(/\b/), '\n', '\0', '\r', ' ', ':', '=', '[', ']', '-22', '1e999', '99999999999999999999', '__proto__', 'constructor', '\u{1f4f1}'];
    for (let round = 0; round < 300; round += 1) {
      const bytes = Array.from({ length: Math.floor(random() * 400) }, () => String.fromCharCode(Math.floor(random() * 256))).join('');
      const shuffled = Array.from({ length: 60 }, () => pieces[Math.floor(random() * pieces.length)] ?? '').join('');
      const at = Math.floor(random() * text.length);
      const damaged = text.slice(0, at) + (pieces[Math.floor(random() * pieces.length)] ?? '') + text.slice(at + Math.floor(random() * 5));
      for (const input of [bytes, shuffled, damaged]) {
        const outcome = readDump(kind, input);
        if (outcome.ok) for (const [path, value] of numbers(outcome.value)) expect(Number.isFinite(value), `${path} of ${JSON.stringify(input)}`).toBe(true);
      }
    }
  });

  test('a hostile text takes bounded time and few warnings', () => {
    const line = text.split('\n').find((candidate) => /\d/.test(candidate)) ?? '';
    const hostile = [
      'a'.repeat(4_000_000), ' '.repeat(8000), 'a '.repeat(4000), `${' '.repeat(4000)}x`, ':'.repeat(8000), '['.repeat(8000), '-'.repeat(8000), '1'.repeat(8000), '('.repeat(8000),
      'device '.repeat(1000), `${line} `.repeat(Math.ceil(8000 / (line.length + 1))).slice(0, 8000), `${line}${' '.repeat(7000)}x`, 'count=1 a=1'.repeat(700), 'VDD 1/'.repeat(1300), `GLES: ${', '.repeat(4000)}`,
    ];
    const started = performance.now();
    for (const part of hostile) readDump(kind, `${part}\n`.repeat(Math.max(1, Math.floor(400_000 / part.length))));
    const many = readDump(kind, `${text}\n${'garbage: garbage\n'.repeat(100_000)}`);
    // Milliseconds; a pass that goes back over the text takes minutes.
    expect(performance.now() - started).toBeLessThan(60_000);
    if (many.ok) expect(many.warnings.length).toBeLessThan(55);
  });
});

test('what holds for every format: empty text, a cut last line, lines that are too long', () => {
  for (const kind of DUMP_KINDS) {
    expect(readDump(kind, ' \n\r\n')).toEqual({ ok: false, reason: 'it is empty' });
    const text = byName.get(kind.kind) ?? '';
    const cut = readDump(kind, text.trimEnd());
    if (cut.ok) expect(cut.warnings.at(-1)).toContain('may be cut');
  }
  const [battery] = DUMP_KINDS.filter(({ kind }) => kind === 'dumpsys-battery');
  const long = battery === undefined ? undefined : readDump(battery, `${byName.get('dumpsys-battery') ?? ''}${'x'.repeat(9000)}\n`);
  expect(long).toMatchObject({ ok: true, warnings: ['1 lines are longer than 8192 characters: skipped'] });
});
