import { describe, expect, it } from 'vitest';
import { type Summarized, summarizeVerdict } from '../../attestation/vsa.ts';

const SHA = (letter: string) => letter.repeat(64);
const accepted: Summarized = {
  verifier: 'https://waybill.example.com',
  attestation: { id: 'att_1', n: 2, project: 'acme', pipeline: 'api' },
  contract: { name: 'base', revision: 3, digest: SHA('c') },
  verdict: 'accepted',
  checks: [{ outcome: 'passed' }, { outcome: 'claimed' }],
  verification: [{ sha256: SHA('a'), paeDigest: SHA('b'), result: 'verified', signers: [] }],
  subjects: [
    { name: 'app.tgz', digest: { sha256: SHA('d') } },
    { name: '', digest: { sha512: SHA('e') } },
  ],
  statements: [{ sha256: SHA('a') }],
  at: '2026-03-01T03:00:00.000Z',
};

describe('a verdict as a verification summary', () => {
  it('says of an accepted one what was held against what, and when', () => {
    expect(summarizeVerdict(accepted)).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'app.tgz', digest: { sha256: SHA('d') } }, { digest: { sha512: SHA('e') } }],
      predicateType: 'https://slsa.dev/verification_summary/v1',
      predicate: {
        verifier: { id: 'https://waybill.example.com' },
        timeVerified: '2026-03-01T03:00:00.000Z',
        resourceUri: 'https://waybill.example.com/v1/pipelines/acme/api',
        policy: { uri: 'https://waybill.example.com/v1/contracts/base/revisions/3', digest: { sha256: SHA('c') } },
        inputAttestations: [
          {
            uri: `https://waybill.example.com/v1/attestations/att_1/envelope?statement=${SHA('a')}`,
            digest: { sha256: SHA('a') },
            annotations: { attestation: 'att_1', judgement: 2 },
          },
        ],
        verificationResult: 'PASSED',
        verifiedLevels: ['SLSA_BUILD_LEVEL_UNEVALUATED', 'WAYBILL_SIGNATURE_VERIFIED', 'WAYBILL_CONTRACT_SATISFIED'],
      },
    });
  });

  it('never claims a level of SLSA, nor a proven time that was not proven', () => {
    const [statement] = accepted.verification;
    if (!statement) throw new Error('expected a statement');
    const unproven = { ...accepted, verification: [statement, { ...statement, result: 'time-unproven' as const }] };
    const { verifiedLevels } = summarizeVerdict(unproven).predicate;
    expect(verifiedLevels).toEqual([
      'SLSA_BUILD_LEVEL_UNEVALUATED',
      'WAYBILL_SIGNATURE_TIME_UNPROVEN',
      'WAYBILL_CONTRACT_SATISFIED',
    ]);
  });

  it('says when something was let in with a warning', () => {
    const { verifiedLevels } = summarizeVerdict({ ...accepted, checks: [{ outcome: 'warned' }] }).predicate;
    expect(verifiedLevels).toContain('WAYBILL_CONTRACT_SATISFIED_WITH_WARNINGS');
    expect(verifiedLevels).not.toContain('WAYBILL_CONTRACT_SATISFIED');
  });

  it('says of a rejected one that it failed, and vouches for no name that nobody verified', () => {
    const { subject, predicate } = summarizeVerdict({ ...accepted, verdict: 'rejected', subjects: [] });
    expect(predicate).toMatchObject({ verificationResult: 'FAILED', verifiedLevels: ['FAILED'] });
    expect(subject).toEqual([{ name: 'att_1', digest: { sha256: SHA('a') } }]);
  });
});
