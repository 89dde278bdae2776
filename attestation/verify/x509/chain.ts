import type { Certificate } from './certificate.ts';

const MAX_CERTIFICATES = 6;

type Window = { from: Date; until: Date };
const ALWAYS: Window = { from: new Date(-8.64e15), until: new Date(8.64e15) };

/**
 * A path from a certificate to an anchor: each signed by the next, which may sign certificates, and all of them valid
 * at that time. Without a time: valid at some moment together. Anchors need not be roots.
 */
export const findPath = (
  leaf: Certificate,
  intermediates: readonly Certificate[],
  anchors: readonly Certificate[],
  at?: Date,
): Certificate[] | undefined => {
  const window = at === undefined ? ALWAYS : { from: at, until: at };
  return extend([leaf], [...anchors, ...intermediates], anchors, window);
};

const extend = (
  path: readonly Certificate[],
  candidates: readonly Certificate[],
  anchors: readonly Certificate[],
  before: Window,
): Certificate[] | undefined => {
  const last = path.at(-1);
  const window = last && intersect(before, last);
  if (!last || !window) return undefined;
  if (anchors.some((anchor) => anchor.der.equals(last.der))) return [...path];
  if (path.length >= MAX_CERTIFICATES) return undefined;
  for (const issuer of candidates) {
    if (path.some(({ der }) => der.equals(issuer.der)) || !mayIssue(issuer, path)) continue;
    if (!last.node.checkIssued(issuer.node) || !last.node.verify(issuer.key)) continue;
    const found = extend([...path, issuer], candidates, anchors, window);
    if (found) return found;
  }
  return undefined;
};

/** Also by the cheap checks first: a hostile set of intermediates must not cost a signature for every pair. */
const mayIssue = (issuer: Certificate, path: readonly Certificate[]): boolean =>
  issuer.isCa &&
  issuer.keyUsage?.keyCertSign !== false &&
  (issuer.pathLength === undefined || issuer.pathLength >= path.length - 1) &&
  path.at(-1)?.issuer.equals(issuer.subject) === true;

const intersect = (window: Window, { notBefore, notAfter }: Certificate): Window | undefined => {
  const from = notBefore > window.from ? notBefore : window.from;
  const until = notAfter < window.until ? notAfter : window.until;
  // Also false for a date that is none.
  return from <= until ? { from, until } : undefined;
};
