import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { p256, p384 } from '@noble/curves/nist.js';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity } from '@sigstore/verify';
import { isObject } from '../json.ts';
import type { SignatureVerification } from '../verdict.ts';
import { describeKey, verifyBytes } from './algorithms.ts';
import { conclude, type Judged, type SignedBy } from './conclude.ts';
import type { TrustedKey } from './keys.ts';
import { type MessageBundle, parseMessageBundle } from './message-bundle.ts';
import type { SigstoreProfile } from './profiles.ts';
import { type Refusal, refuse } from './refusal.ts';
import { fileKeyRoad, sigstoreRoad } from './roads.ts';
import type { Trust } from './signatures.ts';
import { proveTime, type Signed, verifyBundle } from './sigstore.ts';
import { endedBy, passed, reached, type Told } from './steps.ts';
import { foldKey, parseStrictJson } from './strict-json.ts';

/** What was signed: a file, or only its sha256 (hex). */
export type Artifact = { bytes: Uint8Array } | { sha256: string };

/** Reads a bundle that signs a file; undefined where it is something else that may be read otherwise. */
export const readMessageBundle = (bytes: Uint8Array): ({ ok: true } & MessageBundle) | Refusal | undefined => {
  const json = parseStrictJson(bytes, { fold: foldKey, maxValues: 10_000 });
  if (!json.ok || !isObject(json.value) || (json.value.messageSignature ?? null) === null) return undefined;
  return parseMessageBundle(json.value);
};

/**
 * Verifies a signature over a file: by the certificate of the bundle against the instances of Sigstore, or by a key.
 * For a key, evidence of a log or of time must hold where it is there.
 */
export const verifyMessage = (
  message: MessageBundle,
  artifact: Artifact,
  { keys, profiles }: Trust,
): SignedBy & { signatures: SignatureVerification[] } => {
  const refused = checkDigest(message, artifact);
  if (refused) return { ...conclude([], [refused], 1), signatures: [] };
  try {
    const judged = message.bundle.verificationMaterial.publicKey
      ? keys.map((key) => byKey(message, artifact, key, profiles))
      : profiles.flatMap((profile) => (profile.kind === 'sigstore' ? byCertificate(message, artifact, profile) : []));
    return concludeBest(judged);
  } catch (error) {
    const found = error instanceof Error ? error.name : typeof error;
    const refusal = refuse('verification.error', 'The bundle could not be verified.', { found });
    return { ...conclude([], [refusal], 1), signatures: [] };
  }
};

/** One signature was tried against several who are trusted: the best of what was found counts, else whatever came furthest. */
const concludeBest = (judged: readonly Judged[]): SignedBy & { signatures: SignatureVerification[] } => {
  const held = judged.flatMap((one) => ('held' in one ? one : []));
  const best = held.find(({ held }) => held.isProven) ?? held[0];
  if (best) return { ...conclude([best.held], [], 1), signatures: [best.evidence] };
  const refusals = judged.flatMap((one) => ('refusal' in one ? one.refusal : []));
  if (refusals.length === 0)
    refusals.push(refuse('signature.unknown-key', 'Nobody is trusted who could have made this signature.'));
  const [first, ...others] = judged.map(({ evidence }) => evidence);
  const furthest = others.reduce((best, next) => (best && reached(next) > reached(best) ? next : best), first);
  return { ...conclude([], refusals, 1), signatures: furthest ? [furthest] : [] };
};

const HASHES = { SHA2_256: 'sha256', SHA2_384: 'sha384', SHA2_512: 'sha512' } as const;

/** Nobody signs the digest beside a signature: it must be that of the file. */
const checkDigest = ({ message }: MessageBundle, artifact: Artifact): Refusal | undefined => {
  const { algorithm, digest } = message.messageDigest;
  const hash = HASHES[algorithm];
  const expected = Buffer.from(digest, 'base64').toString('hex');
  if ('sha256' in artifact && hash !== 'sha256') {
    return refuse('artifact.digest', `The bundle signs the ${hash} of the file; its sha256 does not tell.`, {
      expected: 'the file itself',
      found: 'a sha256',
    });
  }
  const found = 'bytes' in artifact ? createHash(hash).update(artifact.bytes).digest('hex') : artifact.sha256;
  if (found === expected) return undefined;
  return refuse('artifact.mismatch', 'The bundle signs another file.', {
    expected: `${hash}:${expected}`,
    found: `${hash}:${found}`,
  });
};

/** Only an ECDSA signature can be verified over a digest. */
const checkArtifact = (artifact: Artifact, key: KeyObject): Refusal | undefined => {
  if ('bytes' in artifact || key.asymmetricKeyType === 'ec') return undefined;
  const message = `A signature of this kind of key (${describeKey(key)}) can only be verified with the file itself.`;
  return refuse('artifact.needed', message, { expected: 'the file', found: 'its sha256' });
};

const byCertificate = (message: MessageBundle, artifact: Artifact, profile: SigstoreProfile): Judged => {
  const { certificate, x509CertificateChain } = message.bundle.verificationMaterial;
  const leaf = certificate ?? x509CertificateChain?.certificates[0];
  const lacking = leaf && checkArtifact(artifact, new X509Certificate(Buffer.from(leaf.rawBytes, 'base64')).publicKey);
  if (lacking) return refuseAt(lacking, sigstoreRoad(profile));
  const judged = verifyBundle(profile, signedBy(message, artifact));
  if ('held' in judged) return judged;
  return { ...judged, refusal: { ...judged.refusal, message: `${profile.name}: ${judged.refusal.message}` } };
};

const refuseAt = (refusal: Refusal, road: readonly Told[]): Judged => ({
  refusal,
  evidence: { outcome: 'refused', steps: endedBy(refusal, road) },
});

const byKey = (message: MessageBundle, artifact: Artifact, key: TrustedKey, profiles: Trust['profiles']): Judged => {
  const { name, algorithm, fingerprint, spki } = key;
  const signature = Buffer.from(message.message.signature, 'base64');
  const publicKey = createPublicKey(spki);
  const lacking = checkArtifact(artifact, publicKey);
  if (lacking) return refuseAt(lacking, fileKeyRoad(key));
  const isSigned =
    'bytes' in artifact
      ? verifyBytes(algorithm, publicKey, artifact.bytes, signature)
      : algorithm === 'ecdsa-p256-sha256' && isOverDigest(publicKey, message, signature);
  if (!isSigned) {
    const refusal = refuse('signature.invalid', `It is not a signature of the key ${name} over this file.`);
    return refuseAt(refusal, fileKeyRoad(key));
  }
  const { tlogEntries = [], timestampVerificationData } = message.bundle.verificationMaterial;
  const proven = proveTime(signedBy(message, artifact), spki, profiles);
  const hasEvidence = tlogEntries.length > 0 || !!timestampVerificationData?.rfc3161Timestamps?.length;
  if (hasEvidence && profiles.length > 0 && !proven) {
    const refusal = refuse('bundle.log', 'The log entry or timestamp of the bundle does not hold.');
    return refuseAt(refusal, fileKeyRoad(key));
  }
  const signer = { kind: 'key' as const, name, fingerprint, algorithm };
  const { logIndex, ...proof }: Partial<NonNullable<typeof proven>> = proven ?? {};
  return {
    held: {
      signer,
      fingerprint,
      isProven: true,
      ...(proof.time && { provenAt: proof.time.at }),
      ...(logIndex !== undefined && { logIndex }),
    },
    evidence: { outcome: 'verified', signer, ...proof, steps: passed(fileKeyRoad(key, proof.time)) },
  };
};

const signedBy = ({ bundle, message }: MessageBundle, artifact: Artifact): Signed => ({
  evidence: bundle,
  read: () => {
    const read = bundleFromJSON({ ...bundle, messageSignature: message });
    const entity = toSignedEntity(read, Buffer.alloc(0));
    const { signature } = entity;
    const verifySignature = (key: KeyObject): boolean => {
      if (!('bytes' in artifact)) return isOverDigest(key, { bundle, message }, signature.signature);
      const hash = key.asymmetricKeyType === 'ed25519' ? null : HASHES[message.messageDigest.algorithm];
      return verify(hash, artifact.bytes, key, signature.signature);
    };
    const content: typeof signature = {
      signature: signature.signature,
      compareSignature: (other) => signature.compareSignature(other),
      compareDigest: (digest) => signature.compareDigest(digest),
      compareSignedDigest: (digest) => signature.compareSignedDigest(digest),
      verifySignature,
    };
    return { bundle: read, entity: { ...entity, signature: content } };
  },
});

/** Node's crypto hashes whatever it verifies; where only the digest is known, a signature over it needs another library. */
const isOverDigest = (key: KeyObject, { message }: MessageBundle, signature: Uint8Array): boolean => {
  const { namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const curve = { prime256v1: p256, secp384r1: p384 }[namedCurve];
  const { x = '', y = '' } = curve ? key.export({ format: 'jwk' }) : {};
  if (!curve) throw new Error('only an ECDSA signature can be verified without the file');
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const digest = Buffer.from(message.messageDigest.digest, 'base64');
  try {
    return curve.verify(signature, digest, point, { prehash: false, lowS: false, format: 'der' });
  } catch {
    return false;
  }
};
