import type { Contract } from '../../../attestation/contract/contract.ts';
import { type Decision, decide } from '../../../attestation/contract/decide.ts';
import { parseContract } from '../../../attestation/contract/parse.ts';
import { evaluateRules } from '../../../attestation/contract/rules/evaluate.ts';
import { planRules } from '../../../attestation/contract/rules/task.ts';
import type { TokenIdentity } from '../../../attestation/contract/runner.ts';
import type { SignedStatement } from '../../../attestation/materials/descriptors.ts';
import { isDigestOf, type SentFile } from '../../../attestation/materials/digests.ts';
import { type Inspection, inspectMaterial } from '../../../attestation/materials/inspect.ts';
import { planMaterials } from '../../../attestation/materials/plan.ts';
import type { Signer, StatementVerification, Verification } from '../../../attestation/verdict.ts';
import { parseStatement } from '../../../attestation/verify/parse.ts';
import { sha256Of, sha512Of } from '../../support/envelopes.ts';

export const AT = new Date('2025-03-01T12:00:00Z');
export const APP = { name: 'app.tar.gz', digest: { sha256: sha256Of('the application') } };

export const KEY: Extract<Signer, { kind: 'key' }> = {
  kind: 'key',
  name: 'skynet-release',
  fingerprint: 'f'.repeat(64),
  algorithm: 'ed25519',
};
export const CERTIFICATE: Extract<Signer, { kind: 'certificate' }> = {
  kind: 'certificate',
  profile: 'sigstore-public-good',
  issuer: 'https://token.actions.githubusercontent.com',
  san: 'https://github.com/acme/ci/.github/workflows/release.yml@refs/heads/main',
  claims: {
    repository: 'https://github.com/acme/app',
    repositoryId: '123',
    owner: 'https://github.com/acme',
    ownerId: '7',
    signerWorkflow: 'acme/ci/.github/workflows/release.yml',
    signerRef: 'refs/heads/main',
    ref: 'refs/heads/main',
    runnerEnvironment: 'github-hosted',
  },
};

/** A small SBOM that is valid. */
export const SBOM = JSON.stringify({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: { component: { type: 'application', name: 'skynet', version: '1.0.0', purl: 'pkg:generic/skynet@1.0.0' } },
  components: [{ type: 'library', name: 'left-pad', version: '1.3.0', 'bom-ref': 'left-pad' }],
});

export const contractOf = (text: string): Contract => {
  const result = parseContract(text, 'test');
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return result.contract;
};

export const contractErrors = (text: string) => {
  const result = parseContract(text, 'test');
  return result.ok ? [] : result.errors;
};

type Json = Record<string, unknown>;
export const statementOf = (predicateType: string, predicate: unknown, subject: unknown[] = [APP]): Json => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject,
  predicateType,
  predicate,
});

export const cyclonedx = (sbom: string = SBOM): Json => statementOf('https://cyclonedx.org/bom', JSON.parse(sbom));

export const provenance = (byproducts: unknown[] = [], subject?: unknown[]): Json =>
  statementOf(
    'https://slsa.dev/provenance/v1',
    {
      buildDefinition: { buildType: 'https://actions.github.io/buildtypes/workflow/v1', externalParameters: {} },
      runDetails: { builder: { id: 'https://github.com/actions/runner/github-hosted' }, byproducts },
    },
    subject,
  );

export const chainloop = (fields: Json = {}, materials: unknown[] = [], subject?: unknown[]): Json =>
  statementOf('chainloop.dev/attestation/v0.2', { runnerType: 'GITHUB_ACTION', materials, ...fields }, subject);

export const chainloopMaterial = (name: string, type: string, bytes: string, annotations: Json = {}): Json => ({
  name: `${name}.file`,
  digest: { sha256: sha256Of(bytes) },
  annotations: { 'chainloop.material.name': name, 'chainloop.material.type': type, ...annotations },
});

export const byproduct = (name: string | undefined, bytes: string, more: Json = {}): Json => ({
  ...(name !== undefined && { name }),
  digest: { sha256: sha256Of(bytes) },
  ...more,
});

const signed = (statement: Json): SignedStatement => {
  const payload = Buffer.from(JSON.stringify(statement));
  const parsed = parseStatement(payload);
  if (!parsed.ok) throw new Error(parsed.message);
  return { sha256: sha256Of(payload), statement: parsed.statement };
};

export const fileOf = (name: string, bytes: string | Buffer): SentFile => ({
  name,
  sha256: sha256Of(bytes),
  sha512: sha512Of(bytes),
  size: Buffer.byteLength(bytes),
});

export type Case = {
  contract: string;
  statements: Json[];
  sent?: Record<string, string>;
  stored?: string[];
  /** Of every statement. */
  signers?: Signer[];
  verification?: Partial<StatementVerification>;
  at?: Date;
  token?: TokenIdentity;
};

/** Both phases on statements that count as verified, with real inspection in between. */
export function judge(input: Case): Decision {
  const contract = contractOf(input.contract);
  const statements = input.statements.map(signed);
  const files = Object.entries(input.sent ?? {}).map(([name, bytes]) => fileOf(name, bytes));
  const blobs = new Map(
    [...Object.values(input.sent ?? {}), ...(input.stored ?? [])].map((bytes) => [sha256Of(bytes), bytes]),
  );
  const stored = (input.stored ?? []).map((bytes) => fileOf('', bytes));
  const plan = planMaterials({
    contract,
    statements,
    sent: files,
    stored: (digest) => stored.find((file) => isDigestOf(digest, file)),
  });
  const inspections = new Map<string, Inspection>(
    plan.toInspect.map(({ key, sha256, type, inline }) => [
      key,
      inspectMaterial(inline ?? Buffer.from(blobs.get(sha256) ?? ''), type),
    ]),
  );
  const at = input.at ?? AT;
  const verification: Verification = {
    statements: statements.map(({ sha256, statement }) => ({
      sha256,
      paeDigest: sha256,
      result: 'verified',
      predicateType: statement.predicateType,
      signers: input.signers ?? [KEY],
      ...input.verification,
    })),
    checks: [],
  };
  const pipeline = { project: 'skynet', name: 'release' };
  const receivedAt = at.toISOString();
  const rules = planRules({ contract, pipeline, verification, statements, plan, inspections, receivedAt });
  return decide({
    contract,
    pipeline,
    verification,
    statements,
    plan,
    inspections,
    at,
    rules: rules ? evaluateRules(rules) : [],
    ...(input.token && { tokenIdentity: input.token }),
  });
}

/** Code, outcome and subject of each check, in order. */
export const codes = (decision: Decision): string[] => decision.checks.map(({ code, outcome }) => `${outcome} ${code}`);
export const failures = (decision: Decision): string[] =>
  decision.checks.filter(({ outcome }) => outcome === 'failed').map(({ code }) => code);
