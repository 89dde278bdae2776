import { ANY_PURPOSE, type Certificate } from './certificate.ts';

const MAX_CERTIFICATES = 6;
const MAX_TRIES = 32;

/**
 * What a path is for. `at`: when all of it must be valid; without it, at some moment together. `purposes`: extended key
 * usages (object identifiers), one of which all of it must allow. `tries`: signatures that may still be verified, shared
 * by several searches.
 */
type Use = { purposes: readonly string[]; at?: Date; tries?: Tries };
export type Tries = { left: number };
export const countTries = (): Tries => ({ left: MAX_TRIES });

type Search = { candidates: readonly Certificate[]; anchors: readonly Certificate[]; tries: Tries };
/** What is left of time and purposes to a path so far. */
type Open = { from: Date; until: Date; purposes: readonly string[] };
const ALWAYS = { from: new Date(-8.64e15), until: new Date(8.64e15) };

/**
 * A path from a certificate to an anchor: each signed by the next, which may sign certificates for that purpose, and all
 * of them valid at that time. Anchors need not be roots. None either where it takes more tries than any real one: a
 * hostile set of certificates could have all of them issue one another.
 */
export const findPath = (
  leaf: Certificate,
  intermediates: readonly Certificate[],
  anchors: readonly Certificate[],
  { purposes, at, tries = countTries() }: Use,
): Certificate[] | undefined => {
  const time = at === undefined ? ALWAYS : { from: at, until: at };
  return extend([leaf], { ...time, purposes }, { candidates: [...anchors, ...intermediates], anchors, tries });
};

const extend = (path: readonly Certificate[], before: Open, search: Search): Certificate[] | undefined => {
  const { candidates, anchors, tries } = search;
  const last = path.at(-1);
  const open = last && narrow(before, last);
  if (!last || !open) return undefined;
  if (anchors.some((anchor) => anchor.der.equals(last.der))) return [...path];
  if (path.length >= MAX_CERTIFICATES) return undefined;
  for (const issuer of candidates) {
    if (path.some(({ der }) => der.equals(issuer.der)) || !mayIssue(issuer, path)) continue;
    if (!last.node.checkIssued(issuer.node)) continue;
    if (tries.left-- <= 0) return undefined;
    if (!last.node.verify(issuer.key)) continue;
    const found = extend([...path, issuer], open, search);
    if (found) return found;
  }
  return undefined;
};

const mayIssue = (issuer: Certificate, path: readonly Certificate[]): boolean =>
  issuer.isCa &&
  issuer.keyUsage?.keyCertSign !== false &&
  (issuer.pathLength === undefined || issuer.pathLength >= path.length - 1) &&
  path.at(-1)?.issuer.equals(issuer.subject) === true;

/** An authority that names purposes issues for no others, as browsers and OpenSSL read it too. */
const narrow = (open: Open, { notBefore, notAfter, extendedKeyUsages }: Certificate): Open | undefined => {
  const from = notBefore > open.from ? notBefore : open.from;
  const until = notAfter < open.until ? notAfter : open.until;
  const oids = extendedKeyUsages?.oids ?? [ANY_PURPOSE];
  const purposes = oids.includes(ANY_PURPOSE) ? open.purposes : open.purposes.filter((oid) => oids.includes(oid));
  // Also false for a date that is none.
  const isOpen = notBefore <= notAfter && from <= until && purposes.length > 0;
  return isOpen ? { from, until, purposes } : undefined;
};
