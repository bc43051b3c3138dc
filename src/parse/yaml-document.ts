import { isMap, isPair, isScalar, LineCounter, parseDocument, visit, type Document, type Node, type Pair } from 'yaml';
import type * as z from 'zod';
import { nearestWord } from './nearest-word.ts';

/** A larger file is refused before it is parsed. */
const MAX_BYTES = 4 * 1024 * 1024;
/** More nodes than this from aliases is an alias bomb ("billion laughs"), not a suite. */
const MAX_ALIASES = 100;
/** More faults at once help nobody. */
const MAX_PROBLEMS = 50;

/** Where something stands in a text; both count from 1. */
export interface YamlPlace {
  readonly line: number;
  readonly column: number;
}

/** One fault in a YAML text. */
export interface YamlProblem extends YamlPlace {
  /** `models[0].variants[1].id`, empty for the whole document. */
  readonly key: string;
  readonly message: string;
}

/** `placeOf` tells where the key of a path stands, or of its nearest parent that is there. */
export type YamlOutcome<T> = { readonly ok: true; readonly value: T; readonly placeOf: (path: readonly PropertyKey[]) => YamlPlace } | { readonly ok: false; readonly problems: readonly YamlProblem[] };

function keyText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`), '');
}

/** The start of the node at the path, or of its nearest parent that is there. With `atKey`, the start of the last part's key. */
function offsetOf(document: Document, path: readonly PropertyKey[], atKey: 'key' | 'value'): number {
  const last = path.at(-1);
  if (atKey === 'key' && typeof last === 'string') {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item): item is Pair<Node> => isPair(item) && isScalar(item.key) && String(item.key.value) === last);
      if (pair?.key.range) return pair.key.range[0];
    }
  }
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

/** The keys that the schema's object at this path takes, for "did you mean". */
function knownKeys(jsonSchema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let node = jsonSchema as { properties?: Record<string, unknown>; items?: unknown; additionalProperties?: unknown } | undefined;
  for (const part of path) {
    if (node === undefined || typeof node !== 'object') return [];
    const next: unknown = typeof part === 'number' ? node.items : (node.properties?.[String(part)] ?? node.additionalProperties);
    node = next as typeof node;
  }
  return Object.keys(node?.properties ?? {});
}

interface FlatIssue { readonly path: readonly PropertyKey[]; readonly message: string; readonly at: 'key' | 'value' }

function flatten(issue: z.core.$ZodIssue, jsonSchema: unknown): FlatIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_PROBLEMS).map((key) => {
      const known = knownKeys(jsonSchema, issue.path);
      const guess = nearestWord(key, known);
      const hint = guess !== null ? `; did you mean \`${guess}\`?` : known.length > 0 ? `; known here: ${known.join(', ')}` : '';
      return { path: [...issue.path, key], message: `unknown key \`${key}\`${hint}`, at: 'key' };
    });
  }
  // One without branches says itself which kinds there are.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that was meant is the one whose faults lie inside the value.
    const meant = issue.errors.find((errors) => errors.length > 0 && errors.every((error) => error.path.length > 0));
    if (meant !== undefined) return meant.flatMap((error) => flatten({ ...error, path: [...issue.path, ...error.path] }, jsonSchema));
    const branches = issue.errors.map((errors) => errors.map((error) => error.message.replace(/^Invalid input: /, '')).join(', '));
    return [{ path: issue.path, message: [...new Set(branches)].join('; or '), at: 'value' }];
  }
  const message = issue.code === 'invalid_type' && issue.input === undefined && /received undefined/.test(issue.message)
    ? `this key is missing (${issue.expected} expected)` : issue.message;
  return [{ path: issue.path, message, at: 'value' }];
}

interface Fault { readonly offset: number; readonly message: string }

/** Keys that are in a map twice. (The parser's own check compares each key with each other one: minutes for a file of some megabytes.) */
function duplicateKeys(document: Document): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) faults.push({ offset: key.range?.[0] ?? 0, message: `the key \`${name}\` is there twice` });
        seen.add(name);
      }
    },
  });
  return faults;
}

/** Parses YAML text and checks it against a schema. Aliases are bounded, and every fault has its place. Pure: never throws on bad text. */
export function parseYaml<S extends z.ZodType>(text: string, schema: S, jsonSchema: unknown): YamlOutcome<z.output<S>> {
  if (Buffer.byteLength(text) > MAX_BYTES) return { ok: false, problems: [{ line: 1, column: 1, key: '', message: `the file is larger than ${MAX_BYTES / 1024 / 1024} MiB, which no hand-written file is` }] };
  try {
    return parseChecked(text, schema, jsonSchema);
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, problems: [TOO_DEEP] };
    throw error;
  }
}

const TOO_DEEP: YamlProblem = { line: 1, column: 1, key: '', message: 'lists or maps are nested more deeply than any suite needs' };

function parseChecked<S extends z.ZodType>(text: string, schema: S, jsonSchema: unknown): YamlOutcome<z.output<S>> {
  const lines = new LineCounter();
  const at = (offset: number): YamlPlace => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const refuse = (faults: readonly Fault[]): YamlOutcome<z.output<S>> => ({ ok: false, problems: faults.slice(0, MAX_PROBLEMS).map(({ offset, message }) => ({ ...at(offset), key: '', message })) });
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  // The parser reports a full stack as an error of the text, and then one more for each bracket that it gave up on.
  const tooDeep = document.errors.find((error) => /call stack|stack overflow/i.test(error.message));
  if (tooDeep !== undefined) return { ok: false, problems: [{ ...TOO_DEEP, ...at(tooDeep.pos[0]) }] };
  if (document.errors.length > 0) return refuse(document.errors.map((error) => ({ offset: error.pos[0], message: error.message })));
  const duplicates = duplicateKeys(document);
  if (duplicates.length > 0) return refuse(duplicates);
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return { ok: false, problems: [{ line: 1, column: 1, key: '', message: `the aliases can not be resolved: ${error instanceof Error ? error.message : String(error)}` }] };
  }
  if (data === null || data === undefined) return { ok: false, problems: [{ line: 1, column: 1, key: '', message: 'the file is empty' }] };
  const outcome = schema.safeParse(data, { reportInput: true });
  if (outcome.success) return { ok: true, value: outcome.data, placeOf: (path) => at(offsetOf(document, path, 'key')) };
  const problems = outcome.error.issues.slice(0, MAX_PROBLEMS).flatMap((issue) => flatten(issue, jsonSchema)).slice(0, MAX_PROBLEMS)
    .map((issue) => ({ ...at(offsetOf(document, issue.path, issue.at)), key: keyText(issue.path), message: issue.message }));
  return { ok: false, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
}
