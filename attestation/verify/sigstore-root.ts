import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toTrustMaterial } from '@sigstore/verify';
import { type Refusal, refuse } from './refusal.ts';
import { parseStrictJson } from './strict-json.ts';

const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.trustedroot(\.v0\.\d+\+json|\+json;version=0\.\d+)$/;

/** Reads a `trusted_root.json` of Sigstore, given as an object or as its text. */
export const readSigstoreRoot = (
  given: string | Record<string, unknown>,
): { ok: true; root: TrustedRoot } | Refusal => {
  const root = parse(given);
  if (!root) {
    return refuse('root.unreadable', 'The `trustedRoot` cannot be read: it is no `trusted_root.json` of Sigstore.', {
      expected: 'mediaType application/vnd.dev.sigstore.trustedroot…, tlogs, certificateAuthorities, …',
    });
  }
  // The library would take what has no beginning for valid at any time.
  if (periodsOf(root).every((period) => period?.start)) return { ok: true, root };
  return refuse('root.validity', 'A log or an authority of the `trustedRoot` does not say since when it is valid.', {
    expected: '`validFor` with `start`, for the key of each log and for each authority',
  });
};

const parse = (given: string | Record<string, unknown>): TrustedRoot | undefined => {
  try {
    const json = parseStrictJson(Buffer.from(typeof given === 'string' ? given : JSON.stringify(given)));
    const root = json.ok ? TrustedRoot.fromJSON(json.value) : undefined;
    // Reads every key and certificate: what cannot be used is said now, not at the first verdict.
    if (root) toTrustMaterial(root);
    return root && MEDIA_TYPE.test(root.mediaType) ? root : undefined;
  } catch {
    return undefined;
  }
};

const periodsOf = ({ tlogs, ctlogs, certificateAuthorities, timestampAuthorities }: TrustedRoot) => [
  ...[...tlogs, ...ctlogs].map(({ publicKey }) => publicKey?.validFor),
  ...[...certificateAuthorities, ...timestampAuthorities].map(({ validFor }) => validFor),
];
