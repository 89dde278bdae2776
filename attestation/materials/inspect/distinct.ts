import { asList, isObject, type JsonObject } from '../../json.ts';

/**
 * Finds items that stand twice in a list, in time that grows with the content and not with its square. What differs in
 * its plain fields is never compared further; what does not is numbered, each value once.
 */
export type Distinct = (items: readonly unknown[]) => { item: number; repeats: number } | undefined;

/** One for each document: nested lists share what was numbered before. */
export function createDistinct(): Distinct {
  const keysOf = createKeyOrder();
  const numberOf = createNumbers(keysOf);
  /** The plain fields of a value in one text. */
  const outlineOf = (value: unknown): string => {
    if (!isObject(value)) return Array.isArray(value) ? `[${value.length}` : String(value);
    let outline = '';
    for (const key of keysOf(value)) outline += `${key}=${isContainer(value[key]) ? '…' : String(value[key])}\n`;
    return outline;
  };
  return (items) => {
    const first = new Map<string, number>();
    const numbered = new Map<number, number>();
    for (const [item, value] of items.entries()) {
      const outline = outlineOf(value);
      const like = first.get(outline);
      if (like === undefined) {
        first.set(outline, item);
        continue;
      }
      // The first of its outline is numbered only when a second one comes.
      const earlier = numberOf(items[like]);
      if (!numbered.has(earlier)) numbered.set(earlier, like);
      const number = numberOf(value);
      const repeats = numbered.get(number);
      if (repeats !== undefined) return { item, repeats };
      numbered.set(number, item);
    }
    return undefined;
  };
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Equal values have the same number, others have another. */
function createNumbers(keysOf: (value: JsonObject) => readonly string[]): (value: unknown) => number {
  const plain = new Map<unknown, number>();
  const named = new Map<string, number>();
  const known = new Map<object, number>();
  let next = 0;
  const remember = <K>(numbers: Map<K, number>, key: K): number => {
    const before = numbers.get(key);
    if (before !== undefined) return before;
    numbers.set(key, next);
    return next++;
  };
  const numberOf = (value: unknown): number => {
    if (!isContainer(value)) return remember(plain, value);
    const number = known.get(value) ?? remember(named, nameOf(value));
    known.set(value, number);
    return number;
  };
  const nameOf = (value: object): string =>
    isObject(value)
      ? `{${keysOf(value).map((key) => `${numberOf(key)}:${numberOf(value[key])}`)}`
      : `[${asList(value).map(numberOf)}`;
  return numberOf;
}

/** The keys of an object, sorted. Items of a list mostly have the same keys: those are sorted once. */
function createKeyOrder(): (value: JsonObject) => readonly string[] {
  const orders = new Map<string, string[]>();
  return (value) => {
    const keys = Object.keys(value);
    const written = JSON.stringify(keys);
    const order = orders.get(written) ?? keys.sort();
    orders.set(written, order);
    return order;
  };
}
