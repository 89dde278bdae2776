import { describe, expect, it } from 'vitest';
import { parseTrustedKey } from '../../../attestation/verify/keys.ts';
import { publicGoodProfile } from '../../../attestation/verify/profiles.ts';
import { type VerifyOptions, verifyStatements } from '../../../attestation/verify/verify.ts';
import { receive, toBytes } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';
import { fixture, haveFixtures } from './fixtures.ts';

const profile = publicGoodProfile();
const verify = (body: unknown, profiles = [profile], options: Partial<VerifyOptions> = {}) =>
  verifyStatements(
    receive(body),
    { keys: [], profiles },
    { at: new Date('2026-03-01T12:00:00Z'), project: 'acme', pipeline: 'skynet', threshold: 1, ...options },
  );
type Json = Record<string, unknown>;
const parsed = (
  name: string,
): Json & {
  verificationMaterial: Json & { tlogEntries: Json[] };
  dsseEnvelope: Json & { payload: string; signatures: Json[] };
} => JSON.parse(fixture(name).toString());
const go = 'slsa-gha_go-v2.1.0-push-v14.2.sigstore.json';

describe.skipIf(!haveFixtures)('bundles that real tools made', () => {
  it.each([
    ['npm-publish-V01-dsse-no-proof.sigstore.json', '2023-07-12T15:50:43.000Z'],
    ['npm-publish-V01-dsse-with-proof.sigstore.json', '2023-07-12T15:50:43.000Z'],
    ['npm-publish-V02-dsse.sigstore.json', '2023-07-12T15:50:43.000Z'],
    ['npm-publish-V03-dsse.sigstore.json', '2023-07-12T15:50:43.000Z'],
    ['npm-publish-V03-intoto.sigstore.json', '2023-07-12T15:34:38.000Z'],
  ])('verify against the public-good root, signed by an e-mail address: %s', (name, provenAt) => {
    const { statements, checks } = verify(fixture(name));
    expect(checks).toMatchObject([{ code: 'signature.valid', outcome: 'passed' }]);
    expect(statements).toMatchObject([
      {
        result: 'verified',
        provenAt,
        signers: [
          {
            kind: 'certificate',
            profile: 'sigstore-public-good',
            issuer: 'https://github.com/login/oauth',
            san: 'brian@dehamer.com',
            claims: {},
          },
        ],
      },
    ]);
  });

  it('verify with the identity of the reusable workflow: slsa-github-generator for Go', () => {
    const { statements } = verify(fixture(go));
    expect(statements).toMatchObject([
      {
        result: 'verified',
        predicateType: 'https://slsa.dev/provenance/v0.2',
        provenAt: '2025-02-25T21:12:05.000Z',
        logIndex: '174298153',
        signers: [
          {
            issuer: 'https://token.actions.githubusercontent.com',
            san: 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/builder_go_slsa3.yml@refs/tags/v2.1.0',
            claims: {
              signerWorkflow: 'slsa-framework/slsa-github-generator/.github/workflows/builder_go_slsa3.yml',
              signerRef: 'refs/tags/v2.1.0',
              repository: 'https://github.com/slsa-framework/example-package',
              repositoryId: '486325809',
              owner: 'https://github.com/slsa-framework',
              ownerId: '80431187',
              ref: 'refs/tags/v14.2',
              runnerEnvironment: 'github-hosted',
              buildTrigger: 'push',
              runInvocation: 'https://github.com/slsa-framework/example-package/actions/runs/13530999644/attempts/1',
            },
          },
        ],
      },
    ]);
  });

  it('verify with version 0.2 and provenance v1: the delegator', () => {
    const { statements } = verify(fixture('slsa-gha_delegator-v2.1.0-push-v14.2.sigstore.json'));
    expect(statements).toMatchObject([{ result: 'verified', predicateType: 'https://slsa.dev/provenance/v1' }]);
  });

  it('verify the same in URL-safe base64, and after a trip to a worker thread', () => {
    const expected = verify(fixture(go)).statements[0]?.signers;
    const body = parsed(go);
    const payload = body.dsseEnvelope.payload.replaceAll('+', '-').replaceAll('/', '_');
    expect(verify({ ...body, dsseEnvelope: { ...body.dsseEnvelope, payload } }).statements[0]?.signers).toEqual(
      expected,
    );
    const [received] = receive(fixture(go));
    const trust = structuredClone({ keys: [], profiles: [profile] });
    const options = { at: new Date(), project: 'a', pipeline: 'b', threshold: 1 };
    expect(received && verifyStatements([structuredClone(received)], trust, options).statements[0]?.signers).toEqual(
      expected,
    );
  });

  it.each(['cosign-3.1.3-key-cyclonedx.sigstore.json', 'cosign-3.1.3-key-slsa1.sigstore.json'])(
    'verify with the registered key: %s',
    (name) => {
      const key = parseTrustedKey('cosign', { publicKey: fixture('cosign-3.1.3.pub').toString() });
      if (!key.ok) throw new Error(key.message);
      const options = { at: new Date('2026-03-01T12:00:00Z'), project: 'acme', pipeline: 'skynet', threshold: 1 };
      const { statements } = verifyStatements(
        receive(fixture(name)),
        { keys: [key.key], profiles: [profile] },
        options,
      );
      expect(statements).toMatchObject([{ result: 'verified', signers: [{ kind: 'key', name: 'cosign' }] }]);
      expect(statements[0]?.provenAt).toBeUndefined();
      const stranger = verifyStatements(
        receive(fixture(name)),
        { keys: [makeKey('ecdsa-p256-sha256').trusted], profiles: [profile] },
        options,
      );
      expect(stranger.checks).toMatchObject([{ code: 'signature.unknown-key', outcome: 'failed' }]);
    },
  );

  it('verify together when they are about the same package, and not otherwise', () => {
    const line = (name: string) => JSON.stringify(parsed(name));
    const npm = [line('npm-publish-V02-dsse.sigstore.json'), line('npm-publish-V03-intoto.sigstore.json')];
    const ends = (lines: string[]) => verify(Buffer.from(lines.join('\n'))).checks.at(-1);
    expect(ends(npm)).toMatchObject({ code: 'statement.subjects-shared', outcome: 'passed' });
    expect(ends([...npm, line(go)])).toMatchObject({ code: 'statement.subjects-differ', outcome: 'failed' });
  });
});

describe.skipIf(!haveFixtures)('a real bundle that lost its proof of time', () => {
  it('is time-unproven, though its certificate expired long ago', () => {
    const body = parsed(go);
    const [entry] = body.verificationMaterial.tlogEntries;
    for (const tlogEntries of [[], [{ ...entry, inclusionPromise: null }]]) {
      const { statements, checks } = verify({
        ...body,
        verificationMaterial: { ...body.verificationMaterial, tlogEntries },
      });
      expect(statements).toMatchObject([{ result: 'time-unproven', signers: [{ claims: { ownerId: '80431187' } }] }]);
      expect(statements[0]).not.toHaveProperty('provenAt');
      expect(checks).toMatchObject([{ code: 'signature.time-unproven', outcome: 'warned' }]);
    }
  });
});

describe.skipIf(!haveFixtures)('a bundle is refused', () => {
  const codeOf = (body: unknown, ...more: [profiles?: (typeof profile)[], options?: Partial<VerifyOptions>]) => {
    const { statements, checks } = verify(body, ...more);
    expect(statements).toMatchObject([{ result: 'invalid', signers: [] }]);
    return checks.map(({ code, outcome }) => `${code} ${outcome}`).join();
  };
  const withEntry = (changes: Json) => {
    const body = parsed(go);
    const [entry] = body.verificationMaterial.tlogEntries;
    return { ...body, verificationMaterial: { ...body.verificationMaterial, tlogEntries: [{ ...entry, ...changes }] } };
  };

  it('without any profile', () => expect(codeOf(fixture(go), [])).toBe('bundle.no-profile failed'));

  it('by a profile that knows no authority, no log, or wants more proof than there is', () => {
    const { trustedRoot } = profile;
    expect(codeOf(fixture(go), [{ ...profile, trustedRoot: { ...trustedRoot, certificateAuthorities: [] } }])).toBe(
      'bundle.certificate failed',
    );
    expect(codeOf(fixture(go), [{ ...profile, trustedRoot: { ...trustedRoot, tlogs: [] } }])).toBe(
      'bundle.log-promise failed',
    );
    expect(codeOf(fixture(go), [{ ...profile, trustedRoot: { ...trustedRoot, ctlogs: [] } }])).toBe(
      'bundle.certificate-timestamp failed',
    );
    expect(codeOf(fixture(go), [{ ...profile, timestampThreshold: 2 }])).toBe('bundle.time-unproven failed');
    expect(codeOf(fixture(go), [{ ...profile, tlogThreshold: 2 }])).toBe('bundle.log failed');
  });

  it('by a profile that asks for no proven time: that profile is a mistake', () => {
    for (const timestampThreshold of [0, Number.NaN])
      expect(codeOf(fixture(go), [{ ...profile, timestampThreshold }])).toBe('bundle.malformed failed');
  });

  it('when two different keys must sign: a bundle holds one signature', () => {
    expect(codeOf(fixture(go), undefined, { threshold: 2 })).toBe('signature.threshold failed');
    expect(codeOf(fixture(go), undefined, { threshold: Number.NaN })).toBe('signature.threshold failed');
  });

  it('with the log entry of another', () => {
    const body = parsed(go);
    const [entry] = parsed('npm-publish-V03-dsse.sigstore.json').verificationMaterial.tlogEntries;
    expect(codeOf({ ...body, verificationMaterial: { ...body.verificationMaterial, tlogEntries: [entry] } })).toMatch(
      /^bundle\.(log-body|certificate) failed$/,
    );
  });

  it('with a promise or a time that the log did not give', () => {
    expect(codeOf(withEntry({ integratedTime: '1740517926' }))).toBe('bundle.log-promise failed');
    expect(codeOf(withEntry({ logIndex: '1' }))).toBe('bundle.log-promise failed');
    expect(codeOf(withEntry({ integratedTime: '1' }))).toBe('bundle.certificate failed');
    expect(codeOf(withEntry({ inclusionProof: null }))).toBe('bundle.incomplete failed');
  });

  it('around another statement', () => {
    const body = parsed(go);
    const payload = Buffer.from(body.dsseEnvelope.payload, 'base64').toString().replace('v14.2', 'v14.3');
    const changed = {
      ...body,
      dsseEnvelope: { ...body.dsseEnvelope, payload: Buffer.from(payload).toString('base64') },
    };
    expect(codeOf(changed)).toMatch(/^bundle\.(log-body|signature) failed$/);
  });

  it('with a certificate that is none, naming no bytes of it', () => {
    const body = parsed(go);
    const certificate = { rawBytes: Buffer.from('SECRET-CANARY').toString('base64') };
    const { checks } = verify({ ...body, verificationMaterial: { ...body.verificationMaterial, certificate } });
    expect(checks).toMatchObject([{ code: 'bundle.malformed', outcome: 'failed' }]);
    expect(JSON.stringify(checks)).not.toContain('CANARY');
  });

  it('or, with one leaf mutated, verifies as exactly the same (seeded)', () => {
    const body = parsed(go);
    const expected = verify(body).statements[0];
    expect(expected?.result).toBe('verified');
    const leaves: { holder: Json; key: string; path: string }[] = [];
    const collect = (value: unknown, path: string) => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, child] of Object.entries(value as Json)) {
        if (typeof child === 'string') leaves.push({ holder: value as Json, key, path: `${path}.${key}` });
        else collect(child, `${path}.${key}`);
      }
    };
    collect(body, '');
    let seed = 1;
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % n;
    };
    const accepted = new Set<string>();
    for (let round = 0; round < 300; round++) {
      const leaf = leaves[round % leaves.length];
      const before = leaf?.holder[leaf.key];
      if (!leaf || typeof before !== 'string') continue;
      const place = random(before.length);
      const replacement = String.fromCharCode(before.charCodeAt(place) ^ (1 << random(5)));
      leaf.holder[leaf.key] = before.slice(0, place) + replacement + before.slice(place + 1);
      const statement = tryVerify(toBytes(body));
      leaf.holder[leaf.key] = before;
      if (statement?.result !== 'verified') continue;
      accepted.add(leaf.path);
      expect({ ...statement, sha256: '' }).toEqual({ ...expected, sha256: '' });
    }
    // Nobody signs these two, and nothing here reads them.
    expect([...accepted].filter((path) => !/inclusionProof\.(rootHash|treeSize)$/.test(path))).toEqual([]);
  }, 120_000);

  const tryVerify = (body: Buffer) => {
    try {
      return verify(body).statements[0];
    } catch {
      return undefined; // refused before verification
    }
  };
});
