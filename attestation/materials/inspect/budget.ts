/** A few gigabytes of heap would not do beyond these, and a thread that runs out takes its process along. */
const MOST_VALUES = 4_000_000;
const MOST_KEYS = 200_000;
/** Validators descend with the content: deeper, and the stack of the machine would decide. */
const MOST_DEPTH = 200;

const QUOTE = 34;
const COMMA = 44;
const OPENING_LIST = 91;
const CLOSING_LIST = 93;
const OPENING_OBJECT = 123;
const CLOSING_OBJECT = 125;

/**
 * Why a JSON text must not be parsed, or undefined: the memory it needs follows from its values, from how many different
 * keys there are, and from its depth, not from its length. One pass, which is exact on JSON and harmless on anything else.
 */
export function overBudget(text: string): string | undefined {
  const keys = new Set<string>();
  let values = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      const end = closingQuote(text, at);
      if (end === -1) return undefined;
      if (isKey(text, end + 1) && keys.add(text.slice(at + 1, end)).size > MOST_KEYS)
        return `expected at most ${MOST_KEYS} different keys, found more: too complex to validate`;
      at = end;
    } else if (char === COMMA) values += 1;
    else if (char === OPENING_OBJECT || char === OPENING_LIST) {
      values += 1;
      depth += 1;
      if (depth > MOST_DEPTH) return `expected at most ${MOST_DEPTH} levels, found more: nested too deeply to validate`;
    } else if (char === CLOSING_OBJECT || char === CLOSING_LIST) depth -= 1;
    if (values > MOST_VALUES) return `expected at most ${MOST_VALUES} values, found more: too complex to validate`;
  }
  return undefined;
}

function closingQuote(text: string, opening: number): number {
  for (let end = text.indexOf('"', opening + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

function isKey(text: string, after: number): boolean {
  let at = after;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return text[at] === ':';
}
