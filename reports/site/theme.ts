import { h } from './element.ts';
import { choose, readRoute } from './route.ts';

function systemTheme(): 'light' | 'dark' {
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function theme(): 'light' | 'dark' {
  const given = readRoute().choices.get('theme');
  return given === 'light' || given === 'dark' ? given : systemTheme();
}

/** The address's theme, else the system's. */
export function applyTheme(): void {
  const given = readRoute().choices.get('theme');
  if (given === 'light' || given === 'dark') document.documentElement.dataset['theme'] = given;
  else delete document.documentElement.dataset['theme'];
}

export function themeButton(): HTMLElement {
  const button = h('button', { type: 'button', id: 'theme' });
  const label = (): void => { button.textContent = theme() === 'dark' ? 'Light theme' : 'Dark theme'; };
  button.addEventListener('click', () => { choose({ theme: theme() === 'dark' ? 'light' : 'dark' }); });
  addEventListener('hashchange', label);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', label);
  label();
  return button;
}
