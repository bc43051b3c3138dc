import { h } from './element.ts';

const LOOK_MS = 15_000;

/** What names a publication: the data file of the overview in the index. */
function publicationOf(html: string): string | null {
  return /data\/overview-[0-9a-f]+\.js/.exec(html)?.[0] ?? null;
}

/** From a server, looks now and then whether a newer site stands in this one's place, and offers it. A page from a folder can't. */
export function watchForNews(): void {
  if (!location.protocol.startsWith('http')) return;
  const own = publicationOf(document.documentElement.outerHTML);
  const look = async (): Promise<void> => {
    if (document.hidden) return;
    const answer = await fetch(location.pathname, { cache: 'no-store' }).catch(() => null); // a server that is away for a moment is asked again
    if (answer?.ok !== true) return;
    const now = publicationOf(await answer.text());
    if (now === null || now === own) return;
    clearInterval(timer);
    const button = h('button', { type: 'button', class: 'plain' }, 'Show');
    button.addEventListener('click', () => { location.reload(); });
    document.body.prepend(h('div', { class: 'callout notice', role: 'status' }, h('p', {}, 'There are new results.'), button));
  };
  const timer = setInterval(() => { void look(); }, LOOK_MS);
}
