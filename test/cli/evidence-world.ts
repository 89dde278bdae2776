import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mintToken } from '../../api/auth/token.ts';
import { SYSTEM } from '../../db/verbs.ts';
import { makeEnvelope, makeStatement, sha256Of } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';
import { startWorld } from './world.ts';

export const SBOM = Buffer.from('{"bomFormat":"CycloneDX","specVersion":"1.5"}\r\n');
export const CONTRACT = '# ours\nschemaVersion: v1\n';

const RESOURCES = `apiVersion: waybill.dev/v1
kind: Destination
metadata: { name: hook }
spec:
  integration: webhook
  config: { url: "https://hooks.example.com/waybill" }
  secrets: { signingSecret: "env:WAYBILL_SECRET_HOOK" }
---
apiVersion: waybill.dev/v1
kind: Attachment
metadata: { name: skynet-hook }
spec: { destination: hook, pipelines: ["skynet/*"] }
---
apiVersion: waybill.dev/v1
kind: Pipeline
metadata: { name: skynet/release }
spec: { contract: contract }
`;

const sbom = {
  name: 'skynet-sbom',
  type: 'SBOM_CYCLONEDX_JSON',
  slot: null,
  how: 'signed-name',
  sha256: sha256Of(SBOM),
  size: SBOM.length,
  mediaType: 'application/json',
  bytes: 'stored' as const,
  facts: {},
  annotations: {},
};
const unsent = { ...sbom, name: 'scan', type: 'SARIF', sha256: 'f'.repeat(64), bytes: 'absent' as const };

/** An attestation refused once and accepted then, with a material, one that only was signed, and a failed delivery. */
export async function worldWithEvidence() {
  const world = await startWorld();
  const { db, folder, judge, run } = world;
  const key = makeKey('ecdsa-p256-sha256');
  const spec = { projects: ['skynet'], publicKey: key.publicPem };
  const resource = { apiVersion: 'waybill.dev/v1', kind: 'TrustedKey', metadata: { name: 'release' }, spec };
  const envelope = JSON.stringify(makeEnvelope(key, makeStatement()));
  const files = { 'contract.yaml': CONTRACT, 'resources.yaml': RESOURCES, 'key.yaml': JSON.stringify(resource) };
  for (const [name, text] of Object.entries({ ...files, 'att.json': envelope, 'sbom.json': SBOM }))
    writeFileSync(join(folder, name), text);
  await run(['apply', '-f', ...Object.keys(files)]);
  const { name, fingerprint, algorithm } = { ...key.trusted, name: 'release' };
  const signers = [{ kind: 'key' as const, name, fingerprint, algorithm }];
  const statement = sha256Of(envelope);
  Object.assign(judge, {
    verdict: 'rejected',
    verification: [{ sha256: statement, paeDigest: '0'.repeat(64), result: 'verified', signers }],
  });
  const submit = ['submit', 'att.json', '--pipeline', 'skynet/release', '--json'];
  const withSbom = [...submit, '--material', 'skynet-sbom=sbom.json'];
  await run(withSbom);
  Object.assign(judge, { verdict: 'accepted', materials: [sbom, unsent] });
  const { id, deliveries } = JSON.parse((await run(withSbom)).out) as { id: string; deliveries: { id: string }[] };
  const [delivery = { id: '' }] = deliveries;
  const at = '2026-03-01T03:00:00.000Z';
  const attempt = {
    id: delivery.id,
    phase: 'deliver' as const,
    processId: 'p',
    orderKey: null,
    expiresAfterMs: 1e9,
    attemptMs: 150_000,
    at,
  };
  for (let n = 1; n <= 2; n++) {
    const begun = await db.deliveries.begin(attempt);
    if (begun.kind !== 'go') throw new Error(`expected an attempt, found ${begun.kind}`);
    await db.deliveries.finish({
      id: delivery.id,
      attempt: begun.attempt,
      result: {
        outcome: 'failed',
        scope: 'retry',
        code: 'http.503',
        message: 'the receiver answered 503',
        nextAttemptAt: at,
        evidence: { status: 503, bodyHead: 'no healthy upstream' },
      },
      testHasEffects: false,
      at,
    });
  }
  /** A token that may only send, and that sent the statements but no material. */
  const sender = async () => {
    const { id: tokenId, token, hash } = mintToken();
    const granted = { name: 'ci', role: 'submit' as const, scope: [], expiresAt: null, by: SYSTEM };
    await db.tokens.create({ id: tokenId, hash, ...granted, at: new Date().toISOString() });
    await run(submit, { env: { WAYBILL_TOKEN: token } });
    return token;
  };
  return { ...world, id, envelope, statement, delivery: delivery.id, sender };
}
export type EvidenceWorld = Awaited<ReturnType<typeof worldWithEvidence>>;
