// Runs before the first paint, so that a chosen theme does not flash.
{
  const theme = new URLSearchParams(location.hash.slice(1)).get('theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
}
