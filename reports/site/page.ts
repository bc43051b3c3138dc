import type { Catalogue } from './catalogue.ts';
import type { Child } from './element.ts';

/** What a page gives for an address. */
export interface View {
  readonly title: string;
  /** Under the title. */
  readonly lead: Child;
  readonly body: Child;
  /** Work for after the first drawing: what is loaded late. */
  readonly later?: () => Promise<void>;
}

/** One page; a registry line in `pages.ts` makes it reachable. */
export type Page = (catalogue: Catalogue, choices: URLSearchParams) => Promise<View> | View;
