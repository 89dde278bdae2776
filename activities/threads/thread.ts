import { generateKeyPairSync } from 'node:crypto';
import type { Verification } from '../../attestation/verdict.ts';
import { parseTrustedKey } from '../../attestation/verify/keys.ts';
import { parseSubmission } from '../../attestation/verify/parse.ts';
import { shipped } from '../../attestation/verify/published.ts';
import { IN_TOTO_PAYLOAD_TYPE, signEnvelope } from '../../attestation/verify/sign.ts';
import { verifyStatements } from '../../attestation/verify/verify.ts';
import { createTrustOpener, type TrustData } from './trust.ts';

/** Runs in a worker thread: what a sender's bytes can make slow never holds the process. Plain data in, plain data out. */
export type VerifyTask = {
  statements: Uint8Array[];
  trust: TrustData;
  rules: { at: string; project: string; pipeline: string; threshold: number };
  sent: { sha256: string; sha512: string }[];
};

const openTrust = createTrustOpener();

/** Reads the stored bytes again and verifies them: the bytes parsed are the bytes verified. */
export function verify({ statements, trust, rules, sent }: VerifyTask): Verification {
  const parsed = parseSubmission(statements, { maxBytes: Number.MAX_SAFE_INTEGER });
  if (!parsed.ok) {
    const { ok: _, ...refusal } = parsed;
    return { statements: [], checks: [{ ...refusal, outcome: 'failed' }] };
  }
  const { checks, ...opened } = openTrust(trust);
  const verified = verifyStatements(parsed.statements, opened, { ...rules, at: new Date(rules.at), sent });
  return { ...verified, checks: [...verified.checks, ...checks] };
}

/** What the first attestation would otherwise wait for: modules and the built-in roots, the first time through. */
export function warmVerify(): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const read = parseTrustedKey('warm', { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() });
  const payload = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
  const envelope = signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, privateKey, 'ecdsa-p256-sha256');
  verify({
    statements: [Buffer.from(JSON.stringify(envelope))],
    trust: { keys: read.ok ? [read.key] : [], roots: [], builtIn: shipped() },
    rules: { at: '2026-01-01T00:00:00.000Z', project: 'warm', pipeline: 'warm', threshold: 1 },
    sent: [],
  });
}
