import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeProfile } from '../../../attestation/verify/describe-profile.ts';
import { builtInProfiles } from '../../../attestation/verify/profiles.ts';
import { issue, profileOf } from './fake-authority.ts';
import { makeFakeSigstore } from './fake-sigstore.ts';

describe('a profile as people look at it', () => {
  it('of an own authority names each certificate once, by subject, fingerprint and end', async () => {
    const root = await issue(undefined, { isCa: true, subject: 'O=Acme,CN=Acme root' });
    const stamping = await issue(undefined, { isCa: true, subject: 'CN=Acme time' });
    const profile = profileOf([root, root], { timestampAuthorities: [stamping.der.toString('base64')] });
    expect(describeProfile({ ...profile, projects: ['acme'], origin: 'registered' })).toEqual({
      kind: 'x509',
      require: null,
      issuers: [],
      projects: ['acme'],
      logs: [],
      authorities: [
        {
          subject: 'CN=Acme root,O=Acme',
          fingerprint: createHash('sha256').update(root.der).digest('hex'),
          validUntil: root.cert.notAfter.toISOString(),
        },
      ],
      timestampAuthorities: [expect.objectContaining({ subject: 'CN=Acme time' })],
      keys: [],
      origin: 'registered',
      asOf: null,
    });
  });

  it('of an instance of Sigstore names its logs and what it asks for', async () => {
    const { profile } = await makeFakeSigstore('own', { ctlogThreshold: 0, issuers: ['https://issuer.example.com'] });
    expect(describeProfile(profile)).toMatchObject({
      kind: 'sigstore',
      require: { log: 1, certificateLog: 0, time: 1 },
      issuers: ['https://issuer.example.com'],
      logs: ['https://log.example.com'],
      authorities: [{ validUntil: expect.any(String) }],
      timestampAuthorities: [{}, {}],
    });
  });

  it('can be made of all that is built in', () => {
    for (const profile of builtInProfiles()) {
      const { authorities, keys } = describeProfile(profile);
      expect(authorities.length + keys.length).toBeGreaterThan(0);
    }
  });
});
