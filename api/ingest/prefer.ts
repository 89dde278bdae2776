/** What the sender wants to happen while nothing is decided yet. Source: RFC 7240. */
export type Patience = {
  waitMs: number;
  /** Undecided is answered 202, not 503. */
  async: boolean;
  /** For `Preference-Applied`; undefined when nothing was asked for. */
  applied: string | undefined;
};

/** Reads `Prefer`. What is malformed or unknown is ignored, as the RFC says; a longer wait than `maxMs` is cut. */
export function parsePrefer(
  header: string | undefined,
  { defaultMs, maxMs }: { defaultMs: number; maxMs: number },
): Patience {
  const preferences = (header ?? '').split(',').map((part) => (part.split(';')[0] ?? '').trim().toLowerCase());
  const async = preferences.includes('respond-async');
  const seconds = preferences.map((part) => /^wait *= *"?(\d{1,6})"?$/.exec(part)?.[1]).find(Boolean);
  const waitMs = seconds === undefined ? (async ? 0 : defaultMs) : Math.min(Number(seconds) * 1000, maxMs);
  const applied = [async && 'respond-async', seconds !== undefined && `wait=${waitMs / 1000}`].filter(Boolean);
  return { waitMs, async, applied: applied.length > 0 ? applied.join(', ') : undefined };
}
