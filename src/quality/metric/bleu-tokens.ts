/**
 * The tokens of mteval-v13a as sacrebleu has them by default (Post 2018): entities decoded, punctuation and symbols apart, full stops and commas apart unless between digits, a
 * dash apart after a digit. Case stays.
 */
export function tokens13a(text: string): readonly string[] {
  const plain = text.trimEnd().replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ')
    .replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
  return ` ${plain} `
    .replaceAll(/([{-~[-` -&(-+:-@/])/g, ' $1 ')
    .replaceAll(/([^0-9])([.,])/g, '$1 $2 ')
    .replaceAll(/([.,])([^0-9])/g, ' $1 $2')
    .replaceAll(/([0-9])(-)/g, '$1 $2 ')
    .split(/\s+/).filter((token) => token !== '');
}
