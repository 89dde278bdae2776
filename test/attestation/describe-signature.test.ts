import { describe, expect, it } from 'vitest';
import { describeSignatures } from '../../attestation/describe-signature.ts';
import { type SignatureVerification, StatementVerification } from '../../attestation/verdict.ts';

const KEY = { kind: 'key' as const, name: 'skynet-release', fingerprint: 'f'.repeat(64), algorithm: 'ed25519' };
const CERTIFICATE = {
  kind: 'certificate' as const,
  profile: 'acme',
  issuer: 'https://issuer.example.com',
  san: 'https://ci.example.com/job',
  claims: { ref: 'refs/heads/main' },
};
const AT = '2026-03-03T12:00:00.000Z';
const old: StatementVerification = { sha256: 'a', paeDigest: 'b', result: 'verified', signers: [] };
const told = (signature: Partial<SignatureVerification>, result: StatementVerification['result'] = 'verified') => {
  const signatures = [{ outcome: 'verified' as const, steps: [], ...signature }];
  return describeSignatures({ ...old, result, signatures }, AT)[0];
};

describe('a signature in words', () => {
  it('says who made it, when, who proves that, and what it was verified with', () => {
    expect(
      told({
        signer: CERTIFICATE,
        profile: { name: 'acme', origin: 'tuf', asOf: '2026-03-01T08:00:00.000Z' },
        time: { at: '2026-03-03T11:00:00.000Z', provenBy: 'log', name: 'https://log.example.com' },
        logEntries: [
          { url: 'https://log.example.com', logId: 'ab', index: '7', integratedAt: '2026-03-03T11:00:00.000Z' },
        ],
      }),
    ).toMatchObject({
      signer: 'https://ci.example.com/job (https://issuer.example.com)',
      claims: { ref: 'refs/heads/main' },
      time: 'signed 2026-03-03T11:00:00Z, proven by the log https://log.example.com',
      profile: 'acme, root kept fresh over TUF, known to be current 2d 4h earlier',
      logEntries: ['https://log.example.com, entry 7, 2026-03-03T11:00:00Z'],
    });
  });

  it.each<[string, Partial<SignatureVerification>, string]>([
    [
      'a timestamp authority',
      { time: { at: AT, provenBy: 'timestamp-authority', name: 'CN=tsa' } },
      'signed 2026-03-03T12:00:00Z, proven by the timestamp authority CN=tsa',
    ],
    [
      'receipt',
      { time: { at: AT, provenBy: 'receipt' } },
      'received 2026-03-03T12:00:00Z; nothing proves when it was signed, and a key needs no proof',
    ],
    ['nothing', { outcome: 'time-unproven' }, 'nothing proves when it was signed'],
    ['nothing, and it does not matter', { outcome: 'refused' }, ''],
  ])('tells a time proven by %s', (_, signature, time) => {
    expect(told(signature)?.time).toBe(time);
  });

  it('is silent about what a profile does not say of its root', () => {
    expect(told({ profile: { name: 'acme' } })?.profile).toBe('acme');
    expect(told({ profile: { name: 'acme', origin: 'registered' } })?.profile).toBe('acme, registered root');
    expect(told({ signer: KEY, profile: { name: 'acme' } })?.profile).toBe('for the time: acme');
    const ahead = { name: 'acme', asOf: '2027-01-01T00:00:00.000Z' };
    expect(told({ profile: ahead })?.profile).toBe('acme');
  });

  it('names nobody where it is not certain who made it', () => {
    expect(told({ outcome: 'refused' }, 'invalid')?.signer).toBe('nobody who is known for certain');
  });

  it('of a verdict from before each was kept, says what was kept', () => {
    const statement = StatementVerification.parse({ ...old, signers: [KEY], provenAt: AT });
    expect(describeSignatures(statement, AT)).toEqual([
      {
        outcome: 'verified',
        kind: 'key',
        signer: 'key skynet-release (ed25519)',
        claims: {},
        time: 'signed 2026-03-03T12:00:00Z',
        profile: '',
        logEntries: [],
        steps: [],
      },
    ]);
    const two = describeSignatures({ ...statement, result: 'time-unproven', signers: [KEY, CERTIFICATE] }, AT);
    expect(two.map(({ outcome, time, profile }) => [outcome, time, profile])).toEqual([
      ['time-unproven', '', ''],
      ['time-unproven', '', 'acme'],
    ]);
  });
});
