import { inspectMaterial } from '../../attestation/materials/inspect.ts';
import type { Verification } from '../../attestation/verdict.ts';
import type { TrustedKey } from '../../attestation/verify/keys.ts';
import { parseSubmission } from '../../attestation/verify/parse.ts';
import { publicGoodProfile } from '../../attestation/verify/profiles.ts';
import { verifyStatements } from '../../attestation/verify/verify.ts';

/** Runs in a worker thread: what a sender's bytes can make slow never holds the process. Plain data in, plain data out. */
export type VerifyTask = {
  statements: Uint8Array[];
  keys: TrustedKey[];
  rules: { at: string; project: string; pipeline: string; threshold: number };
  sent: { sha256: string; sha512: string }[];
};
export type InspectTask = { bytes: Uint8Array; type: string };

const profiles = [publicGoodProfile()];

/** Reads the stored bytes again and verifies them: the bytes parsed are the bytes verified. */
export function verify({ statements, keys, rules, sent }: VerifyTask): Verification {
  const parsed = parseSubmission(statements, { maxBytes: Number.MAX_SAFE_INTEGER });
  if (!parsed.ok) {
    const { ok: _, ...refusal } = parsed;
    return { statements: [], checks: [{ ...refusal, outcome: 'failed' }] };
  }
  return verifyStatements(parsed.statements, { keys, profiles }, { ...rules, at: new Date(rules.at), sent });
}

export const inspect = ({ bytes, type }: InspectTask) => inspectMaterial(Buffer.from(bytes), type);

/** Loads and compiles what the first attestation would otherwise wait for: the validators of the usual SBOM versions. */
export function warm(): void {
  for (const specVersion of ['1.5', '1.6']) {
    inspectMaterial(
      Buffer.from(JSON.stringify({ bomFormat: 'CycloneDX', specVersion, version: 1 })),
      'SBOM_CYCLONEDX_JSON',
    );
  }
}
