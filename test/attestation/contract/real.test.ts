import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../attestation/contract/decide.ts';
import { type Inspection, inspectMaterial } from '../../../attestation/materials/inspect.ts';
import { planMaterials } from '../../../attestation/materials/plan.ts';
import { parseTrustedKey } from '../../../attestation/verify/keys.ts';
import { parseStatement, parseSubmission } from '../../../attestation/verify/parse.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { sha256Of } from '../../support/envelopes.ts';
import { codes, contractOf, fileOf } from './world.ts';

const folder = '../shared/fixtures';
const haveFixtures = existsSync(folder);
if (!haveFixtures) console.warn(`SKIPPED: published attestations are not at ${folder}.`);
const read = (path: string) => readFileSync(`${folder}/${path}`);

/** The whole way of what cosign signed: parsed, verified with its key, held against the example contract. */
function judgeFiles(files: string[], sent: Record<string, Buffer> = {}) {
  const submission = parseSubmission(files.map((file) => read(`attestations/${file}`)));
  if (!submission.ok) throw new Error(submission.message);
  const key = parseTrustedKey('cosign', { publicKey: read('attestations/cosign-3.1.3.pub').toString() });
  if (!key.ok) throw new Error(key.message);
  const at = new Date('2025-03-01T12:00:00Z');
  const verification = verifyStatements(
    submission.statements,
    { keys: [key.key], profiles: [] },
    { at, project: 'acme', pipeline: 'release', threshold: 1 },
  );
  const statements = submission.statements.map(({ sha256, envelope }) => {
    const parsed = parseStatement(envelope.payload);
    if (!parsed.ok) throw new Error(parsed.message);
    return { sha256, statement: parsed.statement };
  });
  const contract = contractOf(readFileSync('examples/contracts/skynet.yaml', 'utf8'));
  const parts = Object.entries(sent).map(([name, bytes]) => fileOf(name, bytes));
  const plan = planMaterials({ contract, statements, sent: parts, stored: () => undefined });
  const blobs = new Map(Object.values(sent).map((bytes) => [sha256Of(bytes), bytes]));
  const inspections = new Map<string, Inspection>(
    plan.toInspect.map(({ key: id, sha256, type, inline }) => [
      id,
      inspectMaterial(inline ?? blobs.get(sha256) ?? Buffer.alloc(0), type),
    ]),
  );
  return decide({
    contract,
    pipeline: { project: 'acme', name: 'release' },
    verification,
    statements,
    plan,
    inspections,
    at,
  });
}

describe.skipIf(!haveFixtures)('what cosign signed with a key', () => {
  const SBOM = 'materials/cyclonedx-1.4-laravel.json';

  it('as an SBOM attestation fills the slot; where it ran, nobody says', () => {
    const decision = judgeFiles(['cosign-3.1.3-key-cyclonedx.sigstore.json']);
    expect(codes(decision)).toContain('passed material.present');
    expect(codes(decision)).toContain('failed runner.unknown');
    expect(decision.materials).toMatchObject([{ how: 'matched-by-type', bytes: 'inline', facts: { components: 62 } }]);
  });

  it('as provenance with the SBOM as byproduct is accepted when the file comes along', () => {
    const decision = judgeFiles(['cosign-3.1.3-key-slsa1.sigstore.json'], { sbom: read(SBOM) });
    expect(decision).toMatchObject({
      verdict: 'accepted',
      runner: { type: 'GITHUB_ACTION', proof: 'self-declared' },
      materials: [{ name: 'skynet-sbom', how: 'signed-name', bytes: 'stored' }],
    });
  });

  it('as provenance without the file is rejected for its bytes', () => {
    const decision = judgeFiles(['cosign-3.1.3-key-slsa1.sigstore.json']);
    expect(codes(decision).filter((code) => code.startsWith('failed'))).toEqual(['failed material.bytes-missing']);
  });

  it('as a set of both is accepted with the signed name first, and the other SBOM as an extra', () => {
    const decision = judgeFiles(['cosign-3.1.3-key-slsa1.sigstore.json', 'cosign-3.1.3-key-cyclonedx.sigstore.json'], {
      sbom: read(SBOM),
    });
    expect(decision.verdict).toBe('accepted');
    expect(decision.materials.map(({ how, type }) => [how, type])).toEqual([
      ['signed-name', 'SBOM_CYCLONEDX_JSON'],
      ['extra', 'SBOM_CYCLONEDX_JSON'],
    ]);
  });
});
