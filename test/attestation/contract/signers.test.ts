import { describe, expect, it } from 'vitest';
import { parseContract } from '../../../attestation/contract/parse.ts';
import { checkSigners } from '../../../attestation/contract/signers.ts';
import type { Signer } from '../../../attestation/verdict.ts';
import {
  AT,
  type Case,
  CERTIFICATE,
  chainloop,
  contractOf,
  failures,
  judge,
  KEY,
  provenance,
  statementOf,
} from './world.ts';

const withSigners = (...entries: string[]) =>
  `schemaVersion: v1\nsigners:\n${entries.map((entry) => `  - { ${entry} }\n`).join('')}`;
const ISSUER = 'issuer: https://token.actions.githubusercontent.com';
const by = (contract: string, signers: Signer[], more: Partial<Case> = {}) =>
  judge({ contract, statements: [provenance()], signers, ...more });
const certificate = (claims: Record<string, string>, fields: Partial<typeof CERTIFICATE> = {}): Signer => ({
  ...CERTIFICATE,
  ...fields,
  claims: { ...CERTIFICATE.claims, ...claims },
});

describe('signers', () => {
  it.each<[string, string, Signer, string[]]>([
    ['a registered key, where the contract names none', 'schemaVersion: v1', KEY, []],
    ['a certificate, where the contract names none', 'schemaVersion: v1', CERTIFICATE, ['signer.undeclared']],
    ['a key that is named', withSigners('key: skynet-release'), KEY, []],
    ['a key that is not named', withSigners('key: other'), KEY, ['signer.undeclared']],
    [
      'a key, where only certificates are named',
      withSigners(`${ISSUER}, repositoryId: "123"`),
      KEY,
      ['signer.undeclared'],
    ],
    [
      'a certificate, where only keys are named',
      withSigners('key: skynet-release'),
      CERTIFICATE,
      ['signer.undeclared'],
    ],
    ['a certificate of the right repository', withSigners(`${ISSUER}, repositoryId: "123"`), CERTIFICATE, []],
    [
      'a certificate of another repository',
      withSigners(`${ISSUER}, repositoryId: "12"`),
      CERTIFICATE,
      ['signer.undeclared'],
    ],
    [
      'a certificate of another issuer',
      withSigners('issuer: https://gitlab.com, repositoryId: "123"'),
      CERTIFICATE,
      ['signer.undeclared'],
    ],
    [
      'every field of one entry',
      withSigners(
        `${ISSUER}, repository: "https://github.com/acme/app", owner: "https://github.com/acme", ownerId: "7", signerWorkflow: acme/ci/.github/workflows/release.yml, refs: [refs/heads/main], signerRefs: [refs/heads/main], runnerEnvironment: github-hosted`,
      ),
      CERTIFICATE,
      [],
    ],
    [
      'all fields but one',
      withSigners(`${ISSUER}, repositoryId: "123", environment: production`),
      CERTIFICATE,
      ['signer.undeclared'],
    ],
    [
      'fields of two entries together',
      withSigners(`${ISSUER}, repositoryId: "9"`, 'issuer: https://gitlab.com, ownerId: "7"'),
      CERTIFICATE,
      ['signer.undeclared'],
    ],
    [
      'a workflow whose name only begins so',
      withSigners(`${ISSUER}, signerWorkflow: acme/ci/.github/workflows/release.ym`),
      CERTIFICATE,
      ['signer.undeclared'],
    ],
    [
      'a ref that a pattern matches',
      withSigners(`${ISSUER}, repositoryId: "123", refs: ["refs/tags/v*"]`),
      certificate({ ref: 'refs/tags/v1.2' }),
      [],
    ],
    [
      'a ref that contains what the pattern says',
      withSigners(`${ISSUER}, repositoryId: "123", refs: ["refs/heads/main"]`),
      certificate({ ref: 'refs/heads/main-2' }),
      ['signer.undeclared'],
    ],
    [
      'a ref with a dot where the pattern has another letter',
      withSigners(`${ISSUER}, repositoryId: "123", refs: ["refs/tags/v1.0"]`),
      certificate({ ref: 'refs/tags/v1x0' }),
      ['signer.undeclared'],
    ],
    [
      'a certificate without a ref',
      withSigners(`${ISSUER}, san: "me@example.com", refs: ["*"]`),
      { ...CERTIFICATE, san: 'me@example.com', claims: {} },
      ['signer.undeclared'],
    ],
    [
      'the right name',
      withSigners('issuer: https://accounts.google.com, san: me@example.com'),
      { ...CERTIFICATE, issuer: 'https://accounts.google.com', san: 'me@example.com', claims: {} },
      [],
    ],
    [
      'a longer name',
      withSigners('issuer: https://accounts.google.com, san: me@example.com'),
      { ...CERTIFICATE, issuer: 'https://accounts.google.com', san: 'me@example.com.evil.org', claims: {} },
      ['signer.undeclared'],
    ],
  ])('%s', (_, contract, signer, expected) => {
    expect(failures(by(contract, [signer]))).toEqual(expected);
  });

  /** One who signs with a certificate of the customer's own authority. */
  const WITNESS: Signer = {
    kind: 'certificate',
    profile: 'acme-ca',
    issuer: 'x509:acme-ca',
    san: 'release@acme.example',
    claims: { subject: 'CN=release,OU=Build,O=Acme\\, Inc.,C=US' },
  };
  const NPM: Signer = { kind: 'certificate', profile: 'npm', issuer: 'keys:npm', san: 'SHA256:jl3b', claims: {} };
  const FULL: Signer = certificate({ environment: 'production' }, { san: 'https://ci.example.com/job' });
  const GITHUB = { entry: ISSUER, signer: FULL };
  const ACME = { entry: 'issuer: "x509:acme-ca"', signer: WITNESS };

  /** What an entry asks for beside the issuer, and what it takes for another: each alone makes it match nobody. */
  it.each<[string, typeof GITHUB, string, string, string[]]>([
    [
      'profile',
      { entry: `${ISSUER}, repositoryId: "123"`, signer: FULL },
      'profile',
      'sigstore-public-good',
      ['github'],
    ],
    [
      'san',
      GITHUB,
      'san',
      'https://ci.example.com/job',
      ['https://ci.example.com', 'ci.example.com/job', 'https://ci.example.com/*'],
    ],
    [
      'repository',
      GITHUB,
      'repository',
      'https://github.com/acme/app',
      ['https://github.com/acme/ap', 'https://github.com/acme/app2'],
    ],
    ['repositoryId', GITHUB, 'repositoryId', '123', ['12', '1234', '0123']],
    ['owner', GITHUB, 'owner', 'https://github.com/acme', ['https://github.com/acm', 'https://github.com/acme-evil']],
    ['ownerId', GITHUB, 'ownerId', '7', ['77', '07']],
    [
      'signerWorkflow',
      GITHUB,
      'signerWorkflow',
      'acme/ci/.github/workflows/release.yml',
      ['ci/.github/workflows/release.yml', 'acme/ci/.github/workflows/*'],
    ],
    [
      'environment',
      { entry: `${ISSUER}, ownerId: "7"`, signer: FULL },
      'environment',
      'production',
      ['prod', 'production-2', 'prod*'],
    ],
    [
      'runnerEnvironment',
      { entry: `${ISSUER}, ownerId: "7"`, signer: FULL },
      'runnerEnvironment',
      'github-hosted',
      ['self-hosted', 'hosted'],
    ],
    [
      'subject',
      ACME,
      'subject',
      'CN=release,OU=Build,O=Acme\\, Inc.,C=US',
      [
        'CN=release',
        'OU=Build,O=Acme\\, Inc.,C=US',
        'CN=release,OU=Build,O=Acme, Inc.,C=US',
        'C=US,O=Acme\\, Inc.,OU=Build,CN=release',
        'CN=*',
      ],
    ],
    ['subject of a certificate that has none', { entry: ISSUER, signer: FULL }, 'subject', '', ['CN=release']],
    [
      'name in the certificate of an authority',
      ACME,
      'san',
      'release@acme.example',
      ['release@acme.example.evil', 'elease@acme.example'],
    ],
    [
      'authority',
      { entry: 'san: release@acme.example', signer: WITNESS },
      'issuer',
      'x509:acme-ca',
      ['x509:acme', 'x509:acme-ca2', 'keys:acme-ca', 'acme-ca', 'https://token.actions.githubusercontent.com'],
    ],
    [
      'published key',
      { entry: 'issuer: "keys:npm"', signer: NPM },
      'san',
      'SHA256:jl3b',
      ['SHA256:jl3', 'sha256:JL3B'],
    ],
    [
      'publisher of keys',
      { entry: 'san: "SHA256:jl3b"', signer: NPM },
      'issuer',
      'keys:npm',
      ['x509:npm', 'keys:npm2'],
    ],
  ])('are held against %s exactly', (_, { entry, signer }, field, right, wrong) => {
    const asking = (value: string) => withSigners(`${entry}, ${field}: ${JSON.stringify(value)}`);
    if (right !== '') expect(failures(by(asking(right), [signer]))).toEqual([]);
    const variants = right === '' ? [] : [right.toUpperCase(), `${right} `, ` ${right}`].filter((one) => one !== right);
    for (const value of [...wrong, ...variants]) {
      const parsed = parseContract(asking(value), 'test');
      if (parsed.ok) expect(failures(by(asking(value), [signer])), value).toEqual(['signer.undeclared']);
    }
  });

  it('that do not match reject a statement even beside a declared key', () => {
    expect(failures(by('schemaVersion: v1', [KEY, CERTIFICATE]))).toEqual(['signer.undeclared']);
  });

  it('are counted once per key, however often it signed', () => {
    const contract = 'schemaVersion: v1\nverification: { threshold: 2 }';
    expect(failures(by(contract, [KEY, { ...KEY, name: 'again' }]))).toEqual(['signer.threshold']);
    expect(failures(by(contract, [KEY, { ...KEY, name: 'second', fingerprint: 'e'.repeat(64) }]))).toEqual([]);
  });

  it('that do not match are told which field of the closest entry differs', () => {
    const decision = by(withSigners('key: a', `${ISSUER}, repositoryId: "123", refs: [refs/heads/main]`), [
      certificate({ ref: 'refs/heads/dev' }),
    ]);
    const check = decision.checks.find(({ code }) => code === 'signer.undeclared');
    expect(check).toMatchObject({ contractLine: 4, expected: 'refs: refs/heads/main', found: 'refs: refs/heads/dev' });
    expect(check?.remedy).toContain('repositoryId: "123"');
  });

  it.each([
    ['a pattern where none is known', 'san: "https://github.com/acme/*"', '* stands for itself'],
    ['another case', 'signerWorkflow: Acme/ci/.github/workflows/release.yml', 'differ in upper and lower case'],
    ['a space too many', 'environment: "production "', 'differ in spaces'],
    ['a claim that the certificate does not make', 'subject: CN=release', 'found none'],
    ['another profile', 'ownerId: "7", profile: github', 'profile (expected github, found sigstore-public-good)'],
  ])('that almost match are told so: %s', (_, fields, expected) => {
    const base = fields.includes('environment') ? 'ownerId: "7", ' : '';
    const decision = by(withSigners(`${ISSUER}, ${base}${fields}`), [certificate({ environment: 'production' })]);
    expect(decision.checks.find(({ code }) => code === 'signer.undeclared')?.message).toContain(expected);
  });

  it('are held against the registered keys where these are given', () => {
    const statement = { sha256: 'a', paeDigest: 'a', result: 'verified' as const, signers: [KEY] };
    const check = (keys: string[]) =>
      checkSigners(contractOf('schemaVersion: v1'), { statements: [statement], checks: [] }, keys)[0]?.outcome;
    expect([check(['skynet-release']), check(['other'])]).toEqual(['passed', 'failed']);
  });
});

describe('time', () => {
  const contract = 'schemaVersion: v1\nverification: { maxAge: 24h }';
  const ago = (ms: number) => new Date(AT.getTime() - ms).toISOString();
  it.each<[string, string | undefined, string[]]>([
    ['a proven time within the limit', ago(3_600_000), []],
    ['exactly at the limit', ago(86_400_000), []],
    ['beyond the limit', ago(86_400_001), ['age.exceeded']],
    ['no proven time', undefined, ['age.unproven']],
    ['a little ahead of our clock', ago(-60_000), []],
    ['far ahead of our clock', ago(-3_600_000), ['age.future']],
  ])('%s', (_, provenAt, expected) => {
    expect(failures(by(contract, [KEY], { verification: provenAt ? { provenAt } : {} }))).toEqual(expected);
  });

  it('must be proven unless the contract says otherwise', () => {
    const verification = { result: 'time-unproven' as const };
    expect(failures(by('schemaVersion: v1', [KEY], { verification }))).toEqual(['time.unproven']);
    expect(
      failures(by('schemaVersion: v1\nverification: { require: time-unproven }', [KEY], { verification })),
    ).toEqual([]);
  });

  it('and all else is void for a statement that is invalid', () => {
    expect(failures(by('schemaVersion: v1', [], { verification: { result: 'invalid' } }))).toEqual([
      'statement.unverified',
    ]);
  });
});

describe('the runner', () => {
  const runner = (text: string) =>
    `schemaVersion: v1\nrunner: { ${text} }\nsigners: [{ key: skynet-release }, { ${ISSUER}, repositoryId: "123" }]\n`;
  const silent = statementOf('https://cyclonedx.org/bom', { bomFormat: 'CycloneDX', specVersion: '1.5' });
  const TOKEN = { issuer: 'https://token.actions.githubusercontent.com' };
  it.each<[string, string, Partial<Case>, string[]]>([
    ['proven by a certificate', 'type: GITHUB_ACTION, proof: certificate', { signers: [CERTIFICATE] }, []],
    [
      'proven by an enterprise’s certificate, whose issuer no entry names',
      'type: GITHUB_ACTION',
      { statements: [silent], signers: [{ ...CERTIFICATE, issuer: `${CERTIFICATE.issuer}/acme` }] },
      ['signer.undeclared'],
    ],
    ['proven by a token', 'type: GITHUB_ACTION, proof: token', { token: TOKEN }, []],
    [
      'proven by a token where a certificate is asked for',
      'type: GITHUB_ACTION, proof: certificate',
      { token: TOKEN },
      ['runner.proof-too-weak'],
    ],
    ['declared by provenance', 'type: GITHUB_ACTION', {}, []],
    [
      'declared by provenance where a token is asked for',
      'type: GITHUB_ACTION, proof: token',
      {},
      ['runner.proof-too-weak'],
    ],
    ['declared by Chainloop', 'type: GITHUB_ACTION', { statements: [chainloop()] }, []],
    [
      'declared by Chainloop as another',
      'type: GITHUB_ACTION',
      { statements: [chainloop({ runnerType: 'JENKINS_JOB' })] },
      ['runner.mismatch'],
    ],
    [
      'unspecified by Chainloop',
      'type: GITHUB_ACTION',
      { statements: [chainloop({ runnerType: 'RUNNER_TYPE_UNSPECIFIED' })] },
      ['runner.unknown'],
    ],
    ['said by nobody', 'type: GITHUB_ACTION', { statements: [silent] }, ['runner.unknown']],
    ['said by one statement of two', 'type: GITHUB_ACTION', { statements: [provenance(), silent] }, []],
    ['another than asked for', 'type: GITLAB_PIPELINE', {}, ['runner.mismatch']],
    [
      'declared otherwise than the certificate proves',
      'type: GITHUB_ACTION',
      { statements: [chainloop({ runnerType: 'JENKINS_JOB' })], signers: [CERTIFICATE] },
      [],
    ],
    [
      'not that of a certificate of a look-alike',
      'type: GITHUB_ACTION',
      {
        statements: [silent],
        signers: [{ ...CERTIFICATE, issuer: 'https://token.actions.githubusercontent.com.evil.org' }],
      },
      ['signer.undeclared', 'runner.unknown'],
    ],
  ])('%s', (_, text, more, expected) => {
    expect(failures(by(runner(text), more.signers ?? [KEY], more))).toEqual(expected);
  });

  it('is found even where the contract does not ask', () => {
    expect(by('schemaVersion: v1', [KEY]).runner).toEqual({ type: 'GITHUB_ACTION', proof: 'self-declared' });
  });
});
