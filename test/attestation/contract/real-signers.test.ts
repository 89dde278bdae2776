import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkSigners } from '../../../attestation/contract/signers.ts';
import type { Verification } from '../../../attestation/verdict.ts';
import { parseSubmission } from '../../../attestation/verify/parse.ts';
import { githubProfile, npmProfile, publicGoodProfile } from '../../../attestation/verify/profiles.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { fixture, haveFixtures } from '../verify/fixtures.ts';
import { contractOf } from './world.ts';

const verify = (bytes: Buffer): Verification => {
  const parsed = parseSubmission(bytes);
  if (!parsed.ok) throw new Error(parsed.message);
  const profiles = [githubProfile(), publicGoodProfile(), npmProfile()];
  const rules = { at: new Date('2026-03-01T12:00:00Z'), project: 'acme', pipeline: 'skynet', threshold: 1 };
  return verifyStatements(parsed.statements, { keys: [], profiles }, rules);
};
/** `accepted`, or the message of the first statement whose signer nobody named. */
const held = (verification: Verification, entries: Record<string, unknown>[]): string => {
  const contract = contractOf(JSON.stringify({ schemaVersion: 'v1', signers: entries }));
  const failed = checkSigners(contract, verification).find(({ outcome }) => outcome === 'failed');
  return failed ? failed.message : 'accepted';
};
const issuer = 'https://token.actions.githubusercontent.com';

describe.skipIf(!haveFixtures)('a provenance that SLSA’s builder signed on GitHub', () => {
  const verification = haveFixtures
    ? verify(fixture('slsa-gha_go-v2.1.0-push-v14.2.sigstore.json'))
    : { statements: [], checks: [] };
  const workflow = 'slsa-framework/slsa-github-generator/.github/workflows/builder_go_slsa3.yml';
  const san = `https://github.com/${workflow}@refs/tags/v2.1.0`;
  const repository = 'https://github.com/slsa-framework/example-package';

  it.each<[string, unknown, unknown[]]>([
    [
      'san',
      san,
      [`${san}-rc1`, san.slice(1), san.replace('Slsa', 'slsa').toUpperCase(), `https://github.com/${workflow}`],
    ],
    ['repository', repository, [`${repository}-2`, repository.slice(0, -1), repository.replace('example', 'Example')]],
    ['repositoryId', '486325809', ['48632580', '4863258090', '80431187']],
    ['owner', 'https://github.com/slsa-framework', ['https://github.com/slsa', 'https://github.com/slsa-framework2']],
    ['ownerId', '80431187', ['8043118', '486325809']],
    ['signerWorkflow', workflow, [workflow.replace('builder', 'Builder'), workflow.slice(5), `${workflow}l`]],
  ])('is accepted for its %s, and for no other', (field, right, wrong) => {
    expect(held(verification, [{ issuer, [field]: right }])).toBe('accepted');
    for (const value of wrong)
      expect(held(verification, [{ issuer, [field]: value }])).toContain(
        `differs in ${field} (expected ${value}, found ${right}`,
      );
  });

  it.each<[string, unknown, unknown[]]>([
    ['issuer', issuer, [`${issuer}/acme`, `${issuer}/`, 'https://gitlab.com', 'x509:sigstore-public-good']],
    ['profile', 'sigstore-public-good', ['github', 'sigstore-public-goo', 'Sigstore-public-good']],
    ['runnerEnvironment', 'github-hosted', ['self-hosted', 'github', 'github-hosted ']],
    ['refs', ['refs/tags/v14.2'], [['refs/tags/v14'], ['refs/tags/v14.20'], ['refs/heads/*'], ['tags/v14.*'], ['v*']]],
    ['refs', ['refs/tags/v*'], [['refs/tags/v'], ['*/tags/w*']]],
    ['signerRefs', ['refs/tags/v2.*'], [['refs/tags/v1.*'], ['refs/tags/v2.1'], ['refs/heads/main']]],
  ])('is accepted with its %s beside its repository, and with no other', (field, right, wrong) => {
    const entry = { issuer, repositoryId: '486325809' };
    expect(held(verification, [{ ...entry, [field]: right }])).toBe('accepted');
    for (const value of wrong)
      expect(held(verification, [{ ...entry, [field]: value }])).toContain(`differs in ${field}`);
  });

  it.each(['environment', 'subject'])(
    'is refused where the contract asks for its %s, which it does not say',
    (field) => {
      const entry = { issuer, repositoryId: '486325809', [field]: 'production' };
      expect(held(verification, [entry])).toContain(`${field} (expected production, found none)`);
    },
  );
});

describe('what GitHub signed for a private repository', () => {
  const verification = verify(readFileSync(new URL('../verify/github-private.jsonl', import.meta.url)));
  const entry = { issuer, signerWorkflow: 'actions/attest-demo/.github/workflows/build-python.yml' };

  it('is told with GitHub’s timestamp authority, and with what its profile does not ask for', () => {
    const [signature] = verification.statements[0]?.signatures ?? [];
    expect(signature).toMatchObject({
      outcome: 'verified',
      profile: { name: 'github' },
      time: { at: '2024-04-22T17:33:26.000Z', provenBy: 'timestamp-authority', name: 'timestamp.githubapp.com' },
    });
    const notRequired = signature?.steps.flatMap(({ code, outcome }) => (outcome === 'not-required' ? code : []));
    expect(notRequired).toEqual(['certificate-timestamp', 'log']);
  });

  it('counts for a contract that names it, and not for one that wants the public instance', () => {
    expect(held(verification, [entry])).toBe('accepted');
    expect(held(verification, [{ ...entry, profile: 'github' }])).toBe('accepted');
    expect(held(verification, [{ ...entry, profile: 'sigstore-public-good' }])).toContain(
      'differs in profile (expected sigstore-public-good, found github)',
    );
  });
});

describe('what npm publishes about a package', () => {
  const verification = verify(readFileSync(new URL('../verify/npm-pair.json', import.meta.url)));
  const registry = { issuer: 'keys:npm', san: 'SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA' };
  const author = { issuer, repository: 'https://github.com/trishankatdatadog/supreme-goggles' };

  it('needs an entry for the registry and one for the author', () => {
    expect(held(verification, [registry, author])).toBe('accepted');
    expect(held(verification, [registry])).toContain('supreme-goggles');
    expect(held(verification, [author])).toContain('keys:npm');
  });

  it.each([
    ['another key', { ...registry, san: 'SHA256:DhQ8wR5APBvFHLF' }],
    ['another publisher', { ...registry, issuer: 'keys:npm2' }],
    ['an authority of that name', { ...registry, issuer: 'x509:npm' }],
    ['another profile', { ...registry, profile: 'sigstore-public-good' }],
  ])('is not signed by %s', (_, entry) => {
    expect(held(verification, [entry, author])).toContain('whom no entry');
  });
});
