/**
 * Decodes standard or URL-safe base64, padded fully or not at all. Anything else is undefined: mixed alphabets, white
 * space, junk, left-over bits, a length that no encoder produces. Source: DSSE 1.0.2 (both alphabets), RFC 4648 §3.5.
 */
export const decodeBase64 = (text: string): Buffer | undefined => {
  const urlSafe = text.includes('-') || text.includes('_');
  const bytes = Buffer.from(text, 'base64');
  const bare = bytes.toString(urlSafe ? 'base64url' : 'base64').slice(0, Math.ceil((bytes.length * 4) / 3));
  const padded = bare + '='.repeat(-bare.length & 3);
  return text === padded || text === bare ? bytes : undefined;
};
