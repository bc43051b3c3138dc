import { expect, test } from 'vitest';
import { SampleError } from '../../src/stats/sample.ts';
import { studentCdf, studentQuantile } from '../../src/stats/student.ts';

// Reference values: scipy 1.17.
test.each([[0.975, 1, 12.706204736174694], [0.975, 2, 4.302652729749462], [0.975, 5, 2.5705818356363146], [0.995, 3.7, 4.8692522532278275], [0.9, 30, 1.3104150253913955], [0.975, 1000, 1.9623390808264083], [0.0001, 4, -13.033671720896455], [0.6, 2.5, 0.2814595127485477]])(
  'the quantile at %d with %d degrees of freedom is %d', (p, df, t) => { expect(Math.abs(studentQuantile(p, df) / t - 1)).toBeLessThan(1e-10); });

test.each([[-2.5, 3, 0.04385332350403278], [0.1, 7, 0.5384259701976037], [40, 2, 0.9996877926639076], [1.5, 2.25, 0.8705283696576631]])(
  'the probability below %d with %d degrees of freedom is %d', (t, df, p) => { expect(Math.abs(studentCdf(t, df) / p - 1)).toBeLessThan(1e-12); });

test('an impossible question is refused', () => {
  expect(() => studentQuantile(0.5, 0)).toThrow(SampleError);
  expect(() => studentQuantile(0, 3)).toThrow(SampleError);
});
