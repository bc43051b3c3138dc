import { plainText } from '../../src/report/plain-text.ts';

export type Child = Node | string | null | readonly Child[];
type Attributes = Readonly<Record<string, string | null>>;

/** An element. Texts are only ever set as text, without characters that hide or reorder what a reader sees; attributes that are null are left out. */
export function h<T extends keyof HTMLElementTagNameMap>(tag: T, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElementTagNameMap[T] {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg<T extends keyof SVGElementTagNameMap>(tag: T, attributes: Readonly<Record<string, string | number | null>> = {}, ...children: readonly Child[]): SVGElementTagNameMap[T] {
  const texts = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, value === null ? null : String(value)]));
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), texts, children);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, plainText(value));
  append(element, children);
  return element;
}

function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null) continue;
    if (typeof child === 'string') parent.appendChild(document.createTextNode(plainText(child)));
    else if (child instanceof Node) parent.appendChild(child);
    else append(parent, child);
  }
}

/** A name that came from a device or a file: kept apart from the direction of the text around it. */
export function name(text: string): HTMLElement {
  return h('bdi', {}, text);
}
