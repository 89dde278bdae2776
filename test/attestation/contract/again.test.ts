import { describe, expect, it } from 'vitest';
import { compareChecks, verificationOf } from '../../../attestation/contract/again.ts';
import type { Check, StatementVerification } from '../../../attestation/verdict.ts';
import { byproduct, CERTIFICATE, judge, KEY, provenance, SBOM } from './world.ts';

const CONTRACT = 'schemaVersion: v1\nmaterials:\n  - { type: SBOM_CYCLONEDX_JSON, name: skynet-sbom }\n';
const STATEMENT = 'a'.repeat(64);
const verified: StatementVerification = {
  sha256: STATEMENT,
  paeDigest: 'b'.repeat(64),
  result: 'verified',
  signers: [KEY],
};
const check = (code: string, outcome: Check['outcome'] = 'passed', subject = STATEMENT): Check => ({
  code,
  outcome,
  subject,
  message: code,
});
const SIGNED = [check('signature.valid'), check('signature.time-unproven', 'warned')];

describe('what verification had found', () => {
  it('is what comes before anything that a contract asks for, whatever it came to', () => {
    for (const signers of [[KEY], [CERTIFICATE]])
      for (const statements of [[provenance()], [provenance([byproduct('skynet-sbom', SBOM)]), provenance()]]) {
        const { checks } = judge({ contract: CONTRACT, statements, signers, sent: { 'skynet-sbom': SBOM } });
        const recorded = { checks: [...SIGNED, ...checks], verification: [verified] };
        expect(verificationOf(recorded)).toEqual({ statements: [verified], checks: SIGNED });
      }
  });

  it('is beyond any contract where a signature was refused, and where nothing was verified', () => {
    const invalid = { ...verified, result: 'invalid' as const, signers: [] };
    const refused = [check('key.unknown', 'failed')];
    expect(verificationOf({ checks: refused, verification: [verified, invalid] })).toBe('beyond');
    expect(verificationOf({ checks: [check('verification.timeout', 'failed')], verification: [] })).toBe('beyond');
  });

  it('is unknown where the number of signatures decided, or what is on record looks otherwise', () => {
    const invalid = { ...verified, result: 'invalid' as const, signers: [] };
    const few = [check('signature.threshold', 'failed')];
    expect(verificationOf({ checks: few, verification: [invalid] })).toBe('unknown');
    expect(verificationOf({ checks: SIGNED, verification: [verified] })).toBe('unknown');
  });
});

it('checks that fail or warn now, and those that did before, are told apart; what passes is not told', () => {
  const before = [...SIGNED, check('material.missing', 'failed', 'sbom'), check('rule.failed', 'warned', 'pinned')];
  const after = [...SIGNED, check('material.present', 'passed', 'sbom'), check('rule.failed', 'failed', 'pinned')];
  expect(compareChecks(before, after)).toEqual({
    now: [check('rule.failed', 'failed', 'pinned')],
    noLonger: [check('material.missing', 'failed', 'sbom'), check('rule.failed', 'warned', 'pinned')],
  });
  expect(compareChecks(before, before)).toEqual({ now: [], noLonger: [] });
});
