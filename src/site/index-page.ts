/** Paths inside the site's folder. */
export interface IndexFiles {
  readonly script: string;
  readonly style: string;
  readonly overview: string;
  readonly directory: string;
}

/**
 * The one page. Its scripts come from its own folder and nothing else can be loaded; `file:` stands for that folder where the page is opened from one.
 * @param files of this publication; no text of the store is in the page itself
 */
export function indexPage({ script, style, overview, directory }: IndexFiles): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' file:; style-src 'self' file:; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,"><title>Paddock</title><link rel="stylesheet" href="${style}">
<script defer src="${script}"></script><script defer src="${overview}"></script><script defer src="${directory}"></script>
</head><body><noscript>This page draws its tables and charts with JavaScript, which is switched off.</noscript></body></html>
`;
}
