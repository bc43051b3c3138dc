import { h } from './element.ts';

const TOLD_MS = 2500;

/** A command with a button that copies it. */
export function copyable(command: string): HTMLElement {
  const code = h('code', {}, command);
  const button = h('button', { type: 'button' }, 'Copy');
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(command).then(() => { button.textContent = 'Copied'; }, () => {
      // Some browsers refuse a page opened from a file: select the text, so that the keyboard copies it.
      getSelection()?.selectAllChildren(code);
      button.textContent = 'Selected: press Ctrl+C';
    }).finally(() => { setTimeout(() => { button.textContent = 'Copy'; }, TOLD_MS); });
  });
  return h('div', { class: 'command' }, h('pre', { tabindex: '0' }, code), button);
}

/** Saves a text as a file of the reader's. */
export function download(file: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = h('a', { href: url, download: file });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => { URL.revokeObjectURL(url); }, TOLD_MS);
}
