import { h, type Child } from './element.ts';
import { readRoute, remember } from './route.ts';

function unfolded(): ReadonlySet<string> {
  return new Set((readRoute().choices.get('open') ?? '').split(' ').filter((id) => id !== ''));
}

/**
 * A part that is folded until it is wanted, and made then. Which parts are open stands in the address.
 * @param id names the part in the address; its own in the view
 */
export function disclosure(id: string, summary: Child, content: () => Child, className: string | null = null): HTMLElement {
  const details = h('details', { class: className }, h('summary', {}, summary));
  const fill = (): void => { if (details.childElementCount === 1) details.append(h('div', {}, content())); };
  if (unfolded().has(id)) {
    details.open = true;
    fill();
  }
  details.addEventListener('toggle', () => {
    if (!details.isConnected) return;
    if (details.open) fill();
    const open = new Set(unfolded());
    if (details.open) open.add(id);
    else open.delete(id);
    remember({ open: [...open].join(' ') });
  });
  return details;
}
