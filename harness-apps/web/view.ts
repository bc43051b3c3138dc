import type { Activity } from './messages.ts';

/** How a visit ended. */
export type Ending = 'done' | 'refused' | 'failed' | 'cut';

const ENDINGS: Readonly<Record<Ending, readonly [title: string, text: string]>> = {
  done: ['Done', 'Paddock has what it asked for. This tab can be closed.'],
  refused: ['Not let in', 'The address of this page works once. Paddock opens the next one by itself.'],
  failed: ['Failed', 'The harness in this page ended. Paddock knows, and goes on.'],
  cut: ['Connection lost', 'Paddock can no longer be reached from here.'],
};

/** What a person sees. Nothing moves by itself, so that nothing is painted while something is measured. */
export class View {
  readonly #root: HTMLElement;
  #device = '';
  #facts: Activity['facts'] = {};

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  explain(): void {
    this.#fill('idle', 'Nothing to do', [
      'This page runs models in this browser and times them, when Paddock tells it to.',
      'It was opened by hand, so there is nothing to do here. Add this browser to paddock.yaml and start a run; Paddock then opens this page with a key of its own.',
    ]);
  }

  /** As Paddock calls this browser. */
  nameDevice(device: string): void {
    this.#device = device;
  }

  show({ doing, facts }: Activity): void {
    this.#facts = facts;
    this.#fill('busy', doing, ['Paddock is at work in this browser. Leave this tab in front and the screen on.']);
  }

  end(ending: Ending, detail: string): void {
    const [title, text] = ENDINGS[ending];
    this.#fill(ending, title, [text], detail);
  }

  #fill(state: string, title: string, texts: readonly string[], detail = ''): void {
    this.#root.dataset['state'] = state;
    document.title = state === 'idle' ? 'Paddock web harness' : `${title} · Paddock`;
    const list = element('dl', '');
    for (const [name, value] of Object.entries({ ...(this.#device === '' ? {} : { Device: this.#device }), ...this.#facts })) list.append(element('dt', name), element('dd', value));
    this.#root.replaceChildren(element('p', 'Paddock web harness'), element('h1', title), ...texts.map((text) => element('p', text)), ...(detail === '' ? [] : [element('small', `${detail.slice(0, 1).toUpperCase()}${detail.slice(1)}.`)]), ...(list.childElementCount > 0 ? [list] : []));
  }
}

function element(name: string, text: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
