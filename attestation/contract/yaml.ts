import {
  type Alias,
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { normalName, offsetOf, SPELLINGS } from './yaml-places.ts';

/** Counted from 1. */
type Place = { line: number; column: number };
export type SourceError = { message: string } & Partial<Place>;
export type Source =
  | {
      ok: true;
      value: unknown;
      /** Where the deepest field on a path stands; with `offset`, that character of its text. */
      placeOf: (path: readonly PropertyKey[], offset?: number) => Place | undefined;
    }
  | { ok: false; errors: SourceError[] };

/** Below these keys everything is the author's: no spelling is changed, no null dropped. */
const FREE_FORM = new Set(['with', 'embedded']);

/**
 * YAML 1.2 or JSON as plain values, with the place of each. Refuses aliases beyond reason, repeated keys, tags, several
 * documents and `__proto__`. A field that is null counts as absent, as in protobuf's JSON.
 */
export function readSource(text: string): Source {
  const lines = new LineCounter();
  const plain = text.replace(/^\t+/gm, (tabs) => ' '.repeat(tabs.length));
  const document = parseDocument(plain, {
    lineCounter: lines,
    prettyErrors: false,
    // Looked for below: the library compares all keys with all.
    uniqueKeys: false,
    merge: false,
  });
  const placeAt = (offset: number | undefined): Place | undefined => {
    const { line, col: column } = lines.linePos(offset ?? -1);
    return line === 0 ? undefined : { line, column };
  };
  const errors: SourceError[] = [...document.errors, ...document.warnings].map((error) =>
    at(error.code === 'MULTIPLE_DOCS' ? 'expected one document, found several' : error.message, placeAt(error.pos[0])),
  );
  if (errors.length > 0) return { ok: false, errors };

  const refuse = (message: string, node: { range?: [number, number, number] | null | undefined }) => {
    errors.push(at(message, placeAt(node.range?.[0])));
  };
  checkAliases(document, refuse);
  visit(document, {
    Pair: (_, pair) => {
      const name = isScalar(pair.key) ? pair.key.value : undefined;
      if (!isScalar(pair.key) || typeof name !== 'string') {
        const key = pair.key as Node | null;
        refuse('expected a plain text key', key ?? {});
        return visit.SKIP;
      }
      if (name === '__proto__') refuse('expected an ordinary key, found __proto__', pair.key);
      if (FREE_FORM.has(name) || (name === 'annotations' && isMap(pair.value))) return checkFreeForm(pair, refuse);
      const spelling = Object.hasOwn(SPELLINGS, name) ? SPELLINGS[name] : undefined;
      if (spelling) pair.key.value = spelling;
      return undefined;
    },
    Map: (_, map) => refuseRepeated(map, normalName, refuse),
  });
  if (errors.length > 0) return { ok: false, errors };
  return {
    ok: true,
    value: withoutNulls(document.toJS()),
    placeOf: (path, offset) => placeAt(offsetOf(document, plain, path, offset)),
  };
}

const at = (message: string, place: Place | undefined): SourceError => ({ message, ...place });

type Refuse = (message: string, node: Node) => void;

const MAX_ALIASES = 50;
/** How many characters they may repeat together. */
const MAX_REPEATED = 16 * 1024;

/** A few aliases repeat what was written before; one inside another would grow without end. */
function checkAliases(document: Document, refuse: Refuse): void {
  const aliases: Alias[] = [];
  visit(document, {
    Alias: (_, alias) => {
      aliases.push(alias);
    },
  });
  const excess = aliases[MAX_ALIASES];
  if (excess) refuse(`expected at most ${MAX_ALIASES} aliases, found ${aliases.length}`, excess);
  let repeated = 0;
  for (const alias of aliases.slice(0, MAX_ALIASES)) {
    const range = alias.resolve(document)?.range;
    const isNested = aliases.some(({ range: at }) => at && range && at[0] >= range[0] && at[1] <= range[1]);
    repeated += range ? range[1] - range[0] : 0;
    if (repeated > MAX_REPEATED) {
      refuse(`expected aliases that repeat at most ${MAX_REPEATED} characters together`, alias);
      return;
    }
    if (!range) refuse(`expected &${alias.source} before its alias, found none`, alias);
    else if (isNested) refuse('expected an alias of plain values, found one inside another: write it out', alias);
  }
}

function refuseRepeated(map: YAMLMap, nameOf: (pair: Pair) => string | undefined, refuse: Refuse): void {
  const seen = new Set<string>();
  for (const pair of map.items) {
    const name = nameOf(pair);
    if (name === undefined) continue;
    if (seen.has(name)) refuse(`expected each field once, found "${name}" again`, pair.key as Node);
    seen.add(name);
  }
}

/** What is the author's own is kept as it is, once it is plain. */
function checkFreeForm(pair: Pair, refuse: Refuse): symbol {
  visit(pair.value as Node | null, {
    Map: (_, map) => refuseRepeated(map, ({ key }) => (isScalar(key) ? String(key.value) : undefined), refuse),
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === '__proto__') refuse('expected an ordinary key, found __proto__', key);
    },
  });
  return visit.SKIP;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, FREE_FORM.has(key) ? inner : withoutNulls(inner)]),
  );
}
