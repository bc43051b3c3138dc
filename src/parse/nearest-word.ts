import { editDistance } from '../stats/levenshtein.ts';

/** The candidate that a mistyped word most likely stands for; null where none is near: more than two letters and a third of the word would have to change (edit distance of Levenshtein). */
export function nearestWord(word: string, candidates: readonly string[]): string | null {
  const scored = candidates.map((candidate) => ({ candidate, score: editDistance(word.slice(0, MAX_LETTERS), candidate) })).sort((a, b) => a.score - b.score);
  const best = scored[0];
  return best !== undefined && best.score <= Math.max(2, word.length / 3) ? best.candidate : null;
}

const MAX_LETTERS = 40;
