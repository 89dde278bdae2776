import { quote, type Refusal, refuse } from './refusal.ts';

export const MAX_DEPTH = 64;

/** Where a member's value stands in the text, in UTF-16 units: `[start, end)`. */
type Span = { start: number; end: number };
type Options = { fold?: (key: string) => string; maxValues?: number };
export type StrictJson = { ok: true; value: unknown; text: string; members: Map<string, Span> } | Refusal;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * JSON that every parser reads alike: UTF-8, no key twice in one object, no `__proto__`, at most 64 levels deep.
 * `fold` maps keys that some parser takes for the same onto one string; `maxValues` bounds how long this may take: 32 MiB
 * of small values hold a thread for seconds. `members` are the top object's values.
 */
export const parseStrictJson = (bytes: Uint8Array, options: Options = {}): StrictJson => {
  try {
    const text = decoder.decode(bytes);
    const members = new Map<string, Span>();
    // Before the parser: a deeply nested text must not reach it.
    const refusal = scan(text, members, options);
    return refusal ?? { ok: true, value: JSON.parse(text) as unknown, text, members };
  } catch (error) {
    return notJson(bytes, error);
  }
};

/** Takes keys for the same that a case-folding or a protobuf JSON parser takes for the same: `Payload`, `payload_type`. */
export const foldKey = (key: string): string => key.toUpperCase().toLowerCase().replaceAll('_', '');

/**
 * One pass over the text. The grammar is left to `JSON.parse`, which sees the same text next: on text that is not JSON
 * this may find nothing or the wrong thing, on JSON it is exact. By hand, because a visitor of a general library needs
 * some 5 ms per MiB of envelope on the thread that answers requests; this skips a long text in no time.
 */
const scan = (
  text: string,
  members: Map<string, Span>,
  { fold = (key) => key, maxValues = Number.POSITIVE_INFINITY }: Options,
): Refusal | undefined => {
  const open: (Set<string> | undefined)[] = []; // an object's keys so far; undefined: an array
  let keyIsNext = false;
  let values = 0;
  let member: { key: string; start: number } | undefined;
  const endMember = (at: number) => {
    if (open.length === 1 && member) members.set(member.key, trim(text, member.start, at));
  };
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"': {
        const end = closingQuote(text, at);
        if (end === -1) return undefined;
        const keys = open.at(-1);
        if (keyIsNext && keys) {
          const raw = text.slice(at, end + 1);
          const key = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
          const refusal = checkKey(key, fold(key), keys);
          if (refusal) return refusal;
          if (open.length === 1) member = { key, start: text.indexOf(':', end) + 1 };
        }
        keyIsNext = false;
        at = end;
        break;
      }
      case '{':
      case '[':
        open.push(text[at] === '{' ? new Set() : undefined);
        keyIsNext = text[at] === '{';
        if (open.length > MAX_DEPTH) return tooDeep();
        if (++values > maxValues) return tooMany(maxValues);
        break;
      case ',':
        endMember(at);
        keyIsNext = open.at(-1) !== undefined;
        if (++values > maxValues) return tooMany(maxValues);
        break;
      case '}':
      case ']':
        endMember(at);
        open.pop();
        break;
    }
  }
  return undefined;
};

/** Texts of the items of an array, exactly as they stand. Only for JSON that `parseStrictJson` let through. */
export const itemsOf = (text: string, { start, end }: Span): string[] => {
  const items: string[] = [];
  let depth = 0;
  let from = start + 1;
  const take = (at: number) => {
    const item = text.slice(from, at).trim();
    if (item !== '') items.push(item);
    from = at + 1;
  };
  for (let at = start; at < end; at++) {
    const char = text[at];
    if (char === '"') at = closingQuote(text, at);
    else if (char === '{' || char === '[') depth += 1;
    else if ((char === '}' || char === ']') && --depth === 0) take(at);
    else if (char === ',' && depth === 1) take(at);
  }
  return items;
};

const closingQuote = (text: string, opening: number): number => {
  for (let end = text.indexOf('"', opening + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
};

const trim = (text: string, start: number, end: number): Span => {
  const raw = text.slice(start, end);
  return { start: end - raw.trimStart().length, end: start + raw.trimEnd().length };
};

const checkKey = (key: string, folded: string, keys: Set<string>): Refusal | undefined => {
  if (key === '__proto__') {
    return refuse('json.forbidden-key', 'The JSON has a key named "__proto__", which is not accepted anywhere.', {
      found: '"__proto__"',
      remedy: 'Leave that key out.',
    });
  }
  if (keys.has(folded)) {
    return refuse(
      'json.duplicate-key',
      `The JSON has the key ${quote(key)} twice in one object; parsers disagree about which one counts.`,
      {
        expected: 'every key once per object (on envelopes, upper and lower case are the same)',
        found: quote(key),
        remedy: 'Send each key once.',
      },
    );
  }
  keys.add(folded);
  return undefined;
};

const tooDeep = (): Refusal =>
  refuse('json.too-deep', `The JSON is nested deeper than ${MAX_DEPTH} levels.`, {
    expected: `at most ${MAX_DEPTH} levels`,
    found: `more than ${MAX_DEPTH} levels`,
  });

const tooMany = (maxValues: number): Refusal =>
  refuse('json.too-many-values', `The JSON has more than ${maxValues} values.`, {
    expected: `at most ${maxValues} values`,
    found: `more than ${maxValues} values`,
    remedy: 'Put the content into the signed payload, or send it as a material.',
  });

const notJson = (bytes: Uint8Array, error: unknown): Refusal => {
  if (error instanceof SyntaxError) {
    const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    // The parser's own message quotes the text; only the place leaves this function.
    const place = bom ? 'it begins with a byte order mark' : /at position .*$/.exec(error.message)?.[0];
    return refuse('json.invalid', `This is not JSON${place ? ` (${place})` : ''}.`, {
      expected: 'one JSON document in UTF-8',
      remedy: bom
        ? 'Save the file without a byte order mark.'
        : 'Check that the file was sent whole (`curl --data-binary`).',
    });
  }
  return refuse('json.not-utf8', 'The text is not valid UTF-8.', { expected: 'JSON in UTF-8' });
};
