const COLOURS = 7;
const SHAPES: readonly ((r: number) => string)[] = [
  (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`, (r) => `M${-r * 0.9} ${-r * 0.9}h${1.8 * r}v${1.8 * r}h${-1.8 * r}z`, (r) => `M0 ${-r * 1.15}L${r * 1.1} ${r * 0.85}H${-r * 1.1}z`,
  (r) => `M0 ${-r * 1.25}L${r * 1.25} 0L0 ${r * 1.25}L${-r * 1.25} 0z`, (r) => `M0 ${r * 1.15}L${r * 1.1} ${-r * 0.85}H${-r * 1.1}z`,
  (r) => `M${-r * 0.4} ${-r * 1.2}h${r * 0.8}v${r * 0.8}h${r * 0.8}v${r * 0.8}h${-r * 0.8}v${r * 0.8}h${-r * 0.8}v${-r * 0.8}h${-r * 0.8}v${-r * 0.8}h${r * 0.8}z`, (r) => `M${-r} ${-r}H${r}L${-r} ${r}H${r}z`,
];

export interface SymbolStyle {
  /** Place in the page's series colours. */
  readonly colour: number;
  /** Path about 0, 0 of a mark with this radius, px. */
  readonly shape: (radius: number) => string;
}

/** The mark of the n-th group: a colour and a shape of its own, so that groups are told apart without colour; after seven, colours come with other shapes. */
export function symbolStyle(index: number): SymbolStyle {
  return { colour: index % COLOURS, shape: SHAPES[(index + Math.floor(index / COLOURS)) % SHAPES.length] ?? (() => '') };
}
