import { describe, expect, test } from 'vitest';
import { escapeHtml, scriptJson } from '../../src/report/escape-html.ts';
import { escapeMarkdown, fencedMarkdown } from '../../src/report/escape-markdown.ts';
import { escapeXml, escapeXmlAttribute } from '../../src/report/escape-xml.ts';
import { HOSTILE } from '../fixtures/report/hostile.ts';

describe('HTML', () => {
  test('nothing of the text is markup, and nothing can end an attribute', () => {
    expect(escapeHtml(HOSTILE)).not.toMatch(/[<>"']/);
    expect(escapeHtml('a & b')).toBe('a &amp; b');
  });
  test('what a reader can’t see shows as a replacement character', () => {
    expect(escapeHtml('a\u202eb\u0000c\ud800d')).toBe('a\ufffdb\ufffdc\ufffdd');
  });
  test('JSON in a script can’t end the script, and comes back whole', () => {
    const json = scriptJson({ name: HOSTILE });
    expect(json).not.toMatch(/[<>&\u2028\u2029]/);
    expect(JSON.parse(json)).toEqual({ name: HOSTILE });
  });
});

describe('Markdown', () => {
  test.each([
    ['a|b', 'a\\|b'],
    ['<b>&', '&lt;b&gt;&amp;'],
    ['`x` *y* _z_', '\\`x\\` \\*y\\* \\_z\\_'],
    ['two\nlines\r\nthree', 'two lines three'],
    ['@team #12', '@\u200bteam #\u200b12'],
    ['https://evil.example www.evil.example', 'https:\u200b//evil.example www\u200b.evil.example'],
    ['[a](b)', '\\[a\\](b)'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
  ])('%j', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
  test('a block is closed by its own fence only', () => {
    expect(fencedMarkdown('a ```` b\n```', 'sh')).toBe('`````sh\na ```` b ```\n`````\n');
  });
});

describe('XML', () => {
  test('characters that XML forbids are replaced, the others escaped', () => {
    expect(escapeXml('a\u0000\u000b\ufffe\ud800<&>"\'')).toBe('a\ufffd\ufffd\ufffd\ufffd&lt;&amp;&gt;&quot;&apos;');
  });
  test('white space of an attribute survives', () => {
    expect(escapeXmlAttribute('a\n\t\rb')).toBe('a&#10;&#9;&#13;b');
  });
});
