// The rest of report.html that moves: theme, copy buttons, links into folded cases.

{
  const button = /** @type {HTMLButtonElement} */ (document.getElementById('theme'));
  const dark = () => (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const name = () => { button.textContent = dark() ? 'Light theme' : 'Dark theme'; };
  button.addEventListener('click', () => {
    document.documentElement.dataset.theme = dark() ? 'light' : 'dark';
    name();
    writeState();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', name);
  name();
  button.hidden = false;
}

document.addEventListener('click', async (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-copy]') : null;
  const code = button?.parentElement?.querySelector('code');
  if (button === null || code === null || code === undefined) return;
  try {
    await navigator.clipboard.writeText(code.textContent ?? '');
    button.textContent = 'Copied';
  } catch {
    // Some browsers refuse a page opened from a file: select the text, so that the keyboard copies it.
    getSelection()?.selectAllChildren(code);
    button.textContent = 'Selected: press Ctrl+C';
  }
  setTimeout(() => { button.textContent = 'Copy'; }, 2500);
});

/** @param {string} hash */
function openTarget(hash) {
  const target = /^#[\w-]+$/.test(hash) ? document.querySelector(hash) : null;
  if (!(target instanceof HTMLDetailsElement)) return;
  target.open = true;
  target.scrollIntoView();
}

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#case-"]') : null;
  if (link === null) return;
  event.preventDefault();
  openTarget(link.getAttribute('href') ?? '');
});
openTarget(location.hash);
