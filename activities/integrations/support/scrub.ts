/** What stands where a secret was. */
const REMOVED = '[secret]';
/** Shorter values would tear holes into ordinary text, and are no secrets. */
const SHORTEST = 4;

export type Scrub = ((text: string) => string) & {
  /** Length of the longest text that counts as a secret: what a cut may have left half. */
  readonly longest: number;
  /** Whether a text has a known secret in it, in any of its forms. */
  finds(text: string): boolean;
};

/**
 * Removes known secret values from text, plain or encoded (base64, base64url, hex, URL, form, JSON, HTML), and the
 * userinfo and query of every URL. A secret that is a URL is also removed by its path and its query values alone.
 */
export function createScrub(secrets: readonly string[]): Scrub {
  const forms = [...new Set(secrets.flatMap(partsOf).flatMap(formsOf))]
    .filter((form) => form.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  const known = forms.length > 0 ? new RegExp(forms.map(escapeForRegExp).join('|'), 'gi') : undefined;
  const scrub = (text: string) => scrubUrls(known ? text.replace(known, REMOVED) : text);
  const finds = (text: string) => known !== undefined && text.search(known) !== -1;
  return Object.assign(scrub, { longest: forms[0]?.length ?? 0, finds });
}

/** Removes userinfo and query of every http(s) URL in a text. */
const scrubUrls = (text: string): string =>
  text
    .replace(/(\bhttps?:\\?\/\\?\/)[^\s/?#"'<>@\\]*@/gi, `$1${REMOVED}@`)
    .replace(/(\bhttps?:\\?\/\\?\/[^\s?#"'<>]+)\?[^\s"'<>]*/gi, '$1?…');

const escapeForRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function partsOf(secret: string): string[] {
  const value = secret.trim();
  const parts = [secret, value];
  const prefixed = /^[a-z]+_(.{16,})$/i.exec(value)?.[1];
  if (prefixed) parts.push(prefixed);
  if (/^https?:/i.test(value) && URL.canParse(value)) {
    const url = new URL(value);
    parts.push(url.href, url.pathname + url.search, decodeSafely(url.pathname), url.pathname.slice(1));
    parts.push(url.username, url.password, ...url.searchParams.values());
    parts.push(...url.pathname.split('/').filter((segment) => segment.length >= 16));
    return parts.filter((part) => part === value || part.length >= 8);
  }
  return parts;
}

function formsOf(part: string): string[] {
  const url = encodeURIComponent(part);
  const bytes = Buffer.from(part, 'utf8');
  return [
    part,
    url,
    encodeURI(part),
    url.replaceAll('%20', '+'),
    JSON.stringify(part).slice(1, -1),
    JSON.stringify(part).slice(1, -1).replaceAll('/', '\\/'),
    part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    bytes.toString('hex'),
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
  ];
}

/** How the bytes look inside a longer base64 text, as in `Authorization: Basic`, at each of the three alignments. */
function base64At(bytes: Buffer, offset: number): string[] {
  if (bytes.length < 6) return [];
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const whole = encoded.slice(offset === 0 ? 0 : 4, (offset + bytes.length) % 3 === 0 ? undefined : -4);
  return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
