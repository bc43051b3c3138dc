/** Characters that XML 1.0 does not allow at all (production 2, Char), not even as references. */
// oxlint-disable-next-line no-control-regex -- finding control characters is the purpose
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

function legal(text: string): string {
  return text.toWellFormed().replace(ILLEGAL, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Text for XML 1.0 content. */
export function escapeXml(text: string): string {
  return legal(text).replaceAll('\r', '&#13;');
}

/** Text for a quoted XML 1.0 attribute; white space other than a blank is a reference, so that a reader gets it back. */
export function escapeXmlAttribute(text: string): string {
  return legal(text).replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
