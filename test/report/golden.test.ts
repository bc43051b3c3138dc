import { expect, test } from 'vitest';
import { sampleReport } from '../fixtures/report/sample.ts';
import { reportText } from '../fixtures/report/text-buffer.ts';

// After a wanted change: npx vitest run --config test/vitest.config.ts test/report/golden.test.ts -u, and read the difference.
test.each([['md', 'summary.md'], ['csv', 'results.csv'], ['junit', 'junit.xml']] as const)('the sample as %s', async (id, file) => {
  await expect(await reportText(sampleReport(), id)).toMatchFileSnapshot(`../fixtures/report/golden/${file}`);
});
