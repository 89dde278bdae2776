import { createHash } from 'node:crypto';
import type { Contract } from '../../attestation/contract/contract.ts';
import { parseContract } from '../../attestation/contract/parse.ts';
import type { SignedStatement } from '../../attestation/materials/descriptors.ts';
import type { SentFile } from '../../attestation/materials/digests.ts';
import type { StatementVerification } from '../../attestation/verdict.ts';
import { parseStatement } from '../../attestation/verify/parse.ts';

/** What is decided: a contract with ten materials and five rules, and a verified attestation that satisfies it. */
export type Subject = {
  text: string;
  contract: Contract;
  statements: SignedStatement[];
  verified: StatementVerification[];
  sent: SentFile[];
  bytes: ReadonlyMap<string, Buffer>;
};

const NAMES = Array.from({ length: 10 }, (_, i) => `sbom-${i}`);

const TEXT = `schemaVersion: v1
owner: { team: bench }
runner: { type: GITHUB_ACTION }
signers: [{ key: bench }]
materials:
${NAMES.map((name) => `  - { type: SBOM_CYCLONEDX_JSON, name: ${name} }`).join('\n')}
rules:
  - { name: pinned, expr: "statement.subject.all(s, 'sha256' in s.digest)" }
  - { name: hosted, expr: "predicate.runDetails.builder.id.matches('^https://github[.]com/actions/runner/')" }
  - { name: complete, expr: "materials.filter(m, m.type == 'SBOM_CYCLONEDX_JSON').size() == 10" }
  - { name: named, expr: "materials.all(m, m.facts.mainComponent.name == 'bench' && m.facts.components > 0)" }
  - { name: signed, expr: "signer.kind == 'key' && signer.name == 'bench' && received > timestamp('2026-01-01T00:00:00Z')" }
`;

export function createSubject(): Subject {
  const read = parseContract(TEXT, 'bench');
  if (!read.ok) throw new Error(`expected a contract, found ${read.errors[0]?.message}`);
  const sboms = NAMES.map((name) => ({ name, content: sbomOf(name) }));
  const payload = Buffer.from(JSON.stringify(statementAbout(sboms)));
  const parsed = parseStatement(payload);
  if (!parsed.ok) throw new Error(`expected a statement, found ${parsed.message}`);
  const sha256 = digest('sha256', payload);
  const signer = { kind: 'key', name: 'bench', fingerprint: 'f'.repeat(64), algorithm: 'ed25519' } as const;
  return {
    text: TEXT,
    contract: read.contract,
    statements: [{ sha256, statement: parsed.statement }],
    verified: [{ sha256, paeDigest: sha256, result: 'verified', signers: [signer] }],
    sent: sboms.map(({ name, content }) => ({ name, ...digestsOf(content), size: content.byteLength })),
    bytes: new Map(sboms.map(({ content }) => [digest('sha256', content), content])),
  };
}

const digest = (algorithm: string, bytes: Buffer): string => createHash(algorithm).update(bytes).digest('hex');
const digestsOf = (bytes: Buffer) => ({ sha256: digest('sha256', bytes), sha512: digest('sha512', bytes) });

const sbomOf = (name: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      version: 1,
      metadata: { component: { type: 'application', name: 'bench', version: '1.0.0' } },
      components: Array.from({ length: 10 }, (_, i) => ({ type: 'library', name: `${name}-${i}`, version: '1.0.0' })),
    }),
  );

const statementAbout = (sboms: { name: string; content: Buffer }[]) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app.tar.gz', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: { buildType: 'https://actions.github.io/buildtypes/workflow/v1', externalParameters: {} },
    runDetails: {
      builder: { id: 'https://github.com/actions/runner/github-hosted' },
      byproducts: sboms.map(({ name, content }) => ({
        name,
        mediaType: 'application/vnd.cyclonedx+json',
        digest: digestsOf(content),
      })),
    },
  },
});
