/** Where the reader is: a page and its choices, all in the address, so that any view can be sent as a link. */
export interface Route {
  readonly page: string;
  readonly choices: URLSearchParams;
}

export type Choices = Readonly<Record<string, string | number | null | undefined>>;

/** `#/trend?case=…` */
export function readRoute(): Route {
  const text = location.hash.replace(/^#\/?/, '');
  const cut = text.indexOf('?');
  return { page: cut === -1 ? text : text.slice(0, cut), choices: new URLSearchParams(cut === -1 ? '' : text.slice(cut + 1)) };
}

/** Address of a page; the theme goes along. */
export function linkTo(page: string, choices: Choices = {}): string {
  const next = new URLSearchParams();
  for (const [name, value] of Object.entries(choices)) if (value !== null && value !== undefined && value !== '') next.set(name, String(value));
  const theme = readRoute().choices.get('theme');
  if (theme !== null) next.set('theme', theme);
  return `#/${page}${next.size === 0 ? '' : `?${next.toString()}`}`;
}

/** Puts a choice of this view into the address, without drawing anew; null takes it out. The reader goes back to where the page was opened, not through every choice. */
export function remember(changes: Choices): void {
  const { page, choices } = readRoute();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === '') choices.delete(name);
    else choices.set(name, String(value));
  }
  const address = `#/${page}${choices.size === 0 ? '' : `?${choices.toString()}`}`;
  if (address !== location.hash) history.replaceState(null, '', address);
}

/** The same, and draws what the address then asks for. */
export function choose(changes: Choices): void {
  remember(changes);
  dispatchEvent(new HashChangeEvent('hashchange'));
}
