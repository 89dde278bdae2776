type Json = Record<string, unknown>;
type Leaf = { holder: Json; key: string; path: string };
export type Mutant = { bytes: Buffer; path: string };

/** Numbers that are the same on every run: a linear congruential generator. */
export const createRandom = (seed: number) => {
  let state = BigInt(seed);
  return (below: number): number => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    return Number((state >> 33n) % BigInt(below));
  };
};

/**
 * Changes one leaf of a document after the other: its text (a bit, a character more or less, cut off), its decoded bytes,
 * or its type. The document is left as it was.
 */
export const createMutator = (document: unknown, random: (below: number) => number) => {
  const leaves = leavesOf(document, '');
  let round = 0;
  return (): Mutant => {
    const { holder, key, path } = leaves[round++ % leaves.length] ?? { holder: {}, key: '', path: '' };
    const before = holder[key];
    const change = CHANGES[random(CHANGES.length)] ?? flipBit;
    holder[key] = change(before, random);
    const bytes = Buffer.from(JSON.stringify(document));
    holder[key] = before;
    return { bytes, path };
  };
};

const leavesOf = (value: unknown, path: string): Leaf[] =>
  Object.entries((value ?? {}) as Json).flatMap(([key, child]) => {
    const place = /^\d+$/.test(key) ? `${path}[]` : `${path}.${key}`;
    return typeof child === 'object' && child !== null
      ? leavesOf(child, place)
      : [{ holder: value as Json, key, path: place }];
  });

type Change = (value: unknown, random: (below: number) => number) => unknown;
const onText =
  (change: (text: string, at: number, random: (below: number) => number) => string): Change =>
  (value, random) => {
    const text = `${value ?? ''}`;
    return change(text, random(text.length + 1), random);
  };

const flipBit = onText((text, at, random) => {
  const code = (text.charCodeAt(at) || 65) ^ (1 << random(6));
  return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
});
const insert = onText((text, at, random) => text.slice(0, at) + String.fromCharCode(33 + random(94)) + text.slice(at));
const remove = onText((text, at) => text.slice(0, at) + text.slice(at + 1));
const cut = onText((text, at) => text.slice(0, at));

/** Of bytes in base64: what only a reader of the bytes can see. */
const flipByte: Change = (value, random) => {
  const bytes = Buffer.from(`${value ?? ''}`, 'base64');
  if (bytes.length === 0) return flipBit(value, random);
  const at = random(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
  return bytes.toString('base64');
};
const retype: Change = (value, random) =>
  [null, 0, -1, true, [], {}, [value], { value }, Number(value) || 1][random(9)];

// Bytes most often: text that is no base64 any more is refused at the door.
const CHANGES = [flipByte, flipByte, flipByte, flipByte, flipBit, flipBit, insert, remove, cut, retype];

/** Some changes are none, e.g. of a number into its text, or of the padding of base64. */
export const isSame = (bytes: Uint8Array, document: unknown): boolean =>
  loose(JSON.parse(Buffer.from(bytes).toString())) === loose(document);
const loose = (value: unknown): string =>
  JSON.stringify(value, (_, item) =>
    ['number', 'string'].includes(typeof item) ? `${item}`.replace(/=+$/, '') : item,
  );
