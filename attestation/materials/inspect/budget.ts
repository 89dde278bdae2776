/** A few gigabytes of heap would not do beyond these, and a thread that runs out takes its process along. */
const MOST_VALUES = 4_000_000;
const MOST_KEYS = 200_000;

/**
 * Why a JSON text must not be parsed, or undefined: the memory it needs follows from its values, and from how many
 * different keys there are, not from its length. One pass, which is exact on JSON and harmless on anything else.
 */
export function overBudget(text: string): string | undefined {
  const keys = new Set<string>();
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      const end = closingQuote(text, at);
      if (end === -1) return undefined;
      if (isKey(text, end + 1) && keys.add(text.slice(at + 1, end)).size > MOST_KEYS)
        return `expected at most ${MOST_KEYS} different keys, found more: too complex to validate`;
      at = end;
    } else if ((char === ',' || char === '[' || char === '{') && ++values > MOST_VALUES)
      return `expected at most ${MOST_VALUES} values, found more: too complex to validate`;
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
