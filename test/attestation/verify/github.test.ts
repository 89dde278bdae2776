import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtInProfiles, githubProfile, publicGoodProfile } from '../../../attestation/verify/profiles.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { receive, sha256Of } from '../../support/envelopes.ts';

/**
 * What `gh attestation download` gave for a private repository: one bundle without a log, with one timestamp. From the
 * test data of GitHub's CLI (`github_provenance_demo-0.0.12`, MIT License, Copyright (c) 2019 GitHub Inc.).
 */
const text = readFileSync(new URL('github-private.jsonl', import.meta.url), 'utf8');
/** Signed by a workflow too, under Sigstore's public root: provenance of a package on npm. */
const pair = JSON.parse(readFileSync(new URL('npm-pair.json', import.meta.url), 'utf8'));
const logged = pair.attestations[1].bundle;

const [github, publicGood] = [githubProfile(), publicGoodProfile()];
const judge = (body: unknown, profiles = builtInProfiles()) => {
  const { statements, checks } = verifyStatements(
    receive(body),
    { keys: [], profiles },
    { at: new Date('2026-03-01T12:00:00Z'), project: 'acme', pipeline: 'skynet', threshold: 1 },
  );
  return { results: statements.map(({ result }) => result), statements, codes: checks.map(({ code }) => code) };
};
const changed = (change: (material: { timestampVerificationData: unknown }) => void) => {
  const bundle = JSON.parse(text);
  change(bundle.verificationMaterial);
  return bundle;
};

describe("GitHub's own instance of Sigstore", () => {
  it('is built in: a bundle of a private repository verifies as it comes', () => {
    expect(judge(Buffer.from(text)).statements).toMatchObject([
      {
        result: 'verified',
        provenAt: '2024-04-22T17:33:26.000Z',
        signers: [
          {
            profile: 'github',
            issuer: 'https://token.actions.githubusercontent.com',
            claims: { repository: 'https://github.com/actions/attest-demo', repositoryVisibility: 'private' },
          },
        ],
      },
    ]);
  });

  it('and the public instance do not speak for each other', () => {
    expect(judge(logged, [publicGood]).results).toEqual(['verified']);
    expect(judge(logged, [github]).results).toEqual(['invalid']);
    expect(judge(Buffer.from(text), [publicGood]).results).toEqual(['invalid']);
    const { tlogThreshold, ctlogThreshold } = github;
    expect(judge(Buffer.from(text), [{ ...publicGood, tlogThreshold, ctlogThreshold }]).results).toEqual(['invalid']);
  });

  it('proves nothing without a log where a log is asked for', () => {
    expect(judge(Buffer.from(text), [{ ...github, tlogThreshold: 1 }]).results).toEqual(['invalid']);
    expect(judge(Buffer.from(text), [{ ...github, ctlogThreshold: 1 }]).results).toEqual(['invalid']);
  });

  it('is time-unproven without its timestamp, and invalid with a false one', () => {
    const without = changed((material) => {
      material.timestampVerificationData = undefined;
    });
    expect(judge(without).results).toEqual(['time-unproven']);
    const [{ signedTimestamp }] = JSON.parse(text).verificationMaterial.timestampVerificationData.rfc3161Timestamps;
    const last = Buffer.from(signedTimestamp, 'base64');
    last[last.length - 1] = (last.at(-1) ?? 0) ^ 1;
    const forged = changed((material) => {
      material.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp: last.toString('base64') }] };
    });
    expect(judge(forged).results).toEqual(['invalid']);
  });
});

describe('the root of GitHub that is shipped', () => {
  const bytes = readFileSync(new URL('../../../attestation/verify/roots/github.json', import.meta.url));

  it('is the file whose origin is written down', () => {
    expect(sha256Of(bytes)).toBe('484cdfe1a7c65479c5ba2a22193d1be90f0020db1997de696ab207434c62fbb7');
  });

  it('has six generations of authorities, each chain signed up to one root', () => {
    const { certificateAuthorities, timestampAuthorities, tlogs, ctlogs } = github.trustedRoot;
    expect([certificateAuthorities.length, timestampAuthorities.length, tlogs.length, ctlogs.length]).toEqual([
      6, 6, 0, 0,
    ]);
    const roots = [...certificateAuthorities, ...timestampAuthorities].map(({ certChain }) => {
      const chain = certChain?.certificates.map(({ rawBytes }) => new X509Certificate(rawBytes)) ?? [];
      for (const [index, certificate] of chain.entries()) {
        const issuer = chain[index + 1] ?? certificate;
        expect(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)).toBe(true);
      }
      return chain.at(-1)?.fingerprint256;
    });
    expect(new Set(roots).size).toBe(1);
  });
});
