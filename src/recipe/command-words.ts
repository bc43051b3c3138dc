import { RecipeError } from './recipe-error.ts';

/** Splits a command into words as a shell would, with '…', "…" and \ — and nothing else of a shell: no variables, pipes or globs. Throws RecipeError. */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | '\'' | null = null;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (quote === null && /\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (quote === null && (character === '"' || character === '\'')) {
      quote = character;
      word ??= '';
    } else if (character === quote) quote = null;
    else if (character === '\\' && quote !== '\'') word = (word ?? '') + (text[++i] ?? '');
    else word = (word ?? '') + character;
  }
  if (quote !== null) throw new RecipeError('parameters', `recipe exec: a quote is not closed in the command: ${text}`);
  if (word !== null) words.push(word);
  return words;
}
