/** Why something that was sent cannot be taken, in the words of a failed `Check`. */
export type Refusal = { ok: false; code: string; message: string; expected?: string; found?: string; remedy?: string };

export const refuse = (
  code: string,
  message: string,
  more: { expected?: string; found?: string; remedy?: string } = {},
): Refusal => ({ ok: false, code, message, ...more });

/** A sender's text made fit for a message: short, on one line, and visibly quoted. */
export const quote = (text: string, max = 120): string =>
  JSON.stringify(text.length > max ? `${text.slice(0, max)}…` : text);
