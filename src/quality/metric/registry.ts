import type { QualityMetricId } from '../../domain/quality.ts';
import { bleu } from './bleu.ts';
import { characterErrorRate } from './character-error-rate.ts';
import { cosine } from './cosine.ts';
import { exactMatch } from './exact-match.ts';
import { perplexity } from './perplexity.ts';
import type { QualityMetric } from './quality-metric.ts';
import { ROUGE } from './rouge.ts';
import { topKAccuracy } from './top-k-accuracy.ts';

/** Every quality metric. */
const METRICS: readonly QualityMetric[] = [topKAccuracy(1), topKAccuracy(3), topKAccuracy(5), topKAccuracy(10), exactMatch, characterErrorRate, perplexity, bleu, ...ROUGE, cosine];

export function qualityMetric(id: QualityMetricId): QualityMetric {
  const found = METRICS.find((metric) => metric.id === id);
  if (found === undefined) throw new Error(`no quality metric has the id ${id}`);
  return found;
}
