import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, Scalar } from 'yaml';

/** Other spellings that protobuf's JSON accepts. */
export const SPELLINGS: Record<string, string> = {
  schema_version: 'schemaVersion',
  api_version: 'apiVersion',
  env_allow_list: 'envAllowList',
  policy_groups: 'policyGroups',
  skip_upload: 'skipUpload',
  match_mode: 'matchMode',
  finding_type: 'findingType',
};

/** The name of a field in its one spelling. */
export function normalName(pair: Pair): string | undefined {
  const name = isScalar(pair.key) ? pair.key.value : undefined;
  if (typeof name !== 'string') return undefined;
  return Object.hasOwn(SPELLINGS, name) ? SPELLINGS[name] : name;
}

/** Offset of the deepest node on the path, of a field that of its key; with `within`, that of this character of its text. */
export function offsetOf(
  document: Document,
  source: string,
  path: readonly PropertyKey[],
  within: number | undefined,
): number | undefined {
  let node: unknown = document.contents;
  let offset = rangeOf(node);
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => normalName(item) === part);
      if (!pair) return offset;
      offset = rangeOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = rangeOf(node) ?? offset;
    } else return offset;
  }
  if (isAlias(node)) node = node.resolve(document);
  return within !== undefined && isScalar(node) ? offsetInText(source, node, within) : offset;
}

const rangeOf = (node: unknown): number | undefined =>
  isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range?.[0] : undefined;

/**
 * Where a character of a text stands in the file, however YAML wrote the text: folding and indentation only move white
 * space, so the printed characters before it are counted.
 */
function offsetInText(source: string, { type, value, range }: Scalar, within: number): number | undefined {
  if (!range || typeof value !== 'string') return range?.[0];
  const [start, end] = range;
  const isBlock = type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED;
  const isQuoted = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;
  let at = isBlock ? source.indexOf('\n', start) + 1 : isQuoted ? start + 1 : start;
  let before = value.slice(0, within).replaceAll(/\s/g, '').length;
  while (at < end) {
    const length = lengthAt(source, at, type);
    if (!isSpace(source.slice(at, at + length))) {
      if (before === 0) return at;
      before -= 1;
    }
    at += length;
  }
  return Math.max(start, end - 1);
}

/** How much of the file stands for one character of the text. */
function lengthAt(source: string, at: number, type: Scalar.Type | undefined): number {
  if (type === Scalar.QUOTE_SINGLE && source.startsWith("''", at)) return 2;
  if (type !== Scalar.QUOTE_DOUBLE || source[at] !== '\\') return 1;
  return { x: 4, u: 6, U: 10 }[source[at + 1] ?? ''] ?? 2;
}

const isSpace = (text: string): boolean => /^(\s|\\[\sntr])/.test(text);
