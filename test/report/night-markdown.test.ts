import { expect, test } from 'vitest';
import { changeEventSchema, type ChangeEvent } from '../../src/domain/event.ts';
import type { NightNews } from '../../src/domain/night-news.ts';
import { eventLine } from '../../src/report/event-words.ts';
import { nightMarkdown } from '../../src/report/night-markdown.ts';

const HOSTILE = '</td><script>alert(1)</script>|`x`[a](javascript:b) @everyone\n# head';
const EVENT: ChangeEvent = {
  id: 'E1', scope: 'case', suite: HOSTILE, device: HOSTILE, kind: 'regressed', state: 'confirmed', noticed: 'r9', noticedAt: '2026-01-09T00:00:00Z', lastGood: 'r4', firstBad: 'r5', earliest: 'r4', latest: 'r6',
  cases: [HOSTILE], series: [{ key: HOSTILE, metric: 'latency_p50', ratio: 1.082, p: 1e-6, worse: true, firstBad: 'r5', fixedBy: null }], changes: [{ field: 'os', from: HOSTILE, to: 'b', runId: 'r5' }],
  confirmation: { outcome: 'confirmed', at: '', runIds: [], base: 'r4', head: 'r5', key: null, metric: 'latency_p50', ratio: 1.08, low: 1.06, high: 1.1, cause: [], reason: '' },
  acknowledgement: null, log: [],
};
const NEWS: NightNews = { runId: 'r9', suite: HOSTILE, startedAt: '', noticed: [EVENT], fixed: [], confirmed: [], refuted: [], reopened: [], withdrawn: [], open: [EVENT], incidents: [{ device: HOSTILE, reason: HOSTILE }], judged: 8, notJudged: 1 };

test('a night says what changed, where, since when, how sure and why; names are text whatever they hold', () => {
  const markdown = nightMarkdown(NEWS);
  expect(markdown).toContain('1 new change in 8 series (1 can\'t be judged: fewer than 20 nights with a value)');
  expect(markdown).toMatch(/\*\*regressed\*\* Latency p50 \+8\.2/);
  expect(markdown).toMatch(/confirmed \(A\/B \+8\.0.*\+6\.0.*to \+10/);
  for (const never of ['<script', '@everyone', '\n# head']) expect(markdown).not.toContain(never);
  expect(markdown).not.toMatch(/(?<!\\)(\]\(|`)/);
  expect(markdown.split('\n').filter((line) => line.startsWith('| E1'))).toHaveLength(1);
});

test.each(['case', 'device'] as const)('what an emulated device shows is told as that (scope %s)', (scope) => {
  const plain: ChangeEvent = { ...EVENT, scope, device: 'board', cases: ['m/board', 'n/board'], series: [] };
  expect(eventLine(plain)).not.toContain('emulated');
  const emulated: ChangeEvent = { ...plain, emulated: true };
  for (const text of [eventLine(emulated), nightMarkdown({ ...NEWS, noticed: [emulated] })]) expect(text).toMatch(/board \\?\(emulated\\?\)/);
  expect(changeEventSchema.parse(JSON.parse(JSON.stringify(emulated)))).toEqual(emulated);
});

test('many events are cut and counted', () => {
  const many = Array.from({ length: 80 }, (_, index) => ({ ...EVENT, id: `E${index}` }));
  const markdown = nightMarkdown({ ...NEWS, noticed: many, open: many });
  expect(markdown).toContain('30 more are left out here');
});

test('what an A/B made of earlier changes is told under its own heading, and what the suite expected is no new change', () => {
  const expected: ChangeEvent = { ...EVENT, id: 'E7', state: 'acknowledged' };
  const markdown = nightMarkdown({ ...NEWS, noticed: [expected], confirmed: [EVENT], refuted: [{ ...EVENT, id: 'E2', state: 'refuted' }] });
  expect(markdown).toContain('No new change');
  const sections = markdown.split('### ').map((section) => [section.split('\n')[0], section.match(/\| (E\d)/)?.[1]]);
  expect(sections.slice(1)).toEqual([['Confirmed by A/B', 'E1'], ['Refuted by A/B', 'E2'], ['Expected, or refuted at once', 'E7']]);
});
