/** `PRETTY_NAME` of os-release(5), else `NAME` and `VERSION_ID`; null when neither is there. */
export function parseOsName(text: string): string | null {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([A-Z_]+)=(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, unquote(value));
  }
  const pretty = fields.get('PRETTY_NAME');
  if (pretty !== undefined && pretty !== '') return pretty;
  const name = fields.get('NAME');
  return name === undefined || name === '' ? null : [name, fields.get('VERSION_ID') ?? ''].join(' ').trim();
}

/** Values follow shell quoting. */
function unquote(value: string): string {
  const quoted = /^"(.*)"$/.exec(value)?.[1];
  if (quoted !== undefined) return quoted.replaceAll(/\\(["$`\\])/g, '$1');
  return /^'(.*)'$/.exec(value)?.[1] ?? value;
}
