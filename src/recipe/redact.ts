/** Names of environment variables and settings whose values are nobody's business. */
const SECRET_NAME = /(token|secret|password|passwd|passphrase|credential|api_?key|access_?key|private_?key|auth)/i;
/** Shorter values would blot out ordinary words. */
const MIN_SECRET = 6;
const HIDDEN = '[hidden]';

/** `NAME=value`, `name: value`, `--name value`, `Bearer value`, and keys that tell themselves by their form. */
const PATTERNS: readonly RegExp[] = [
  /(bearer\s+)([\w.~+/-]+=*)/gi,
  /((?:token|secret|password|passwd|passphrase|credential|api[_-]?key|access[_-]?key|private[_-]?key|authorization)[\w-]*["']?\s*(?:[=:]|\s)\s*["']?)(?!\s|bearer\b)([^\s"',;]+)/gi,
  /()\b((?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_\w{20,}|hf_\w{20,}|sk-[\w-]{16,}|eyJ[\w-]{10,}\.[\w.-]+)/g,
];

/** Text of a program with what looks like a secret hidden: values of variables so named, and the usual forms. What has no such mark can't be told. */
export function redact(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  let result = text;
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value.length >= MIN_SECRET && SECRET_NAME.test(name)) result = result.replaceAll(value, HIDDEN);
  }
  for (const pattern of PATTERNS) result = result.replace(pattern, (_, before: string) => `${before}${HIDDEN}`);
  return result;
}
