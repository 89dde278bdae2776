import type { Scrub } from './scrub.ts';

/** How much of an answer the attempt log keeps. */
const HEAD_BYTES = 4096;
/** More than one such character in ten: these bytes are no text in UTF-8, or hardly any. */
const MOST_UNREADABLE = 0.1;

/**
 * The first 4 KiB of an answer as text, scrubbed before it is cut (half a secret is still one), and never cut within a
 * character. Of what is no text, such as a compressed answer, only how much there is.
 */
export function headOf(body: Buffer, scrub: Scrub): string {
  const window = body.subarray(0, 16 * HEAD_BYTES);
  const text = window.toString('utf8');
  if (isBinary(text.slice(0, HEAD_BYTES))) return `[${body.length} bytes that are no text]`;
  const clean = scrub(text);
  const whole = window.length < body.length ? clean.slice(0, Math.max(0, clean.length - scrub.longest - 1)) : clean;
  return cutToBytes(whole, HEAD_BYTES);
}

function isBinary(text: string): boolean {
  if (text.includes('\0')) return true;
  const unreadable = text.match(/\uFFFD/g)?.length ?? 0;
  return unreadable > 1 && unreadable > text.length * MOST_UNREADABLE;
}

/** At most so many bytes of UTF-8, whole characters only. */
function cutToBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most;
  // A byte that continues a character: its beginning lies before.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8');
}
