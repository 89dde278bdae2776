import { describe, expect, it } from 'vitest';
import { statementSheets } from '../../../api/page/signatures.ts';
import { parseSubmission } from '../../../attestation/verify/parse.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { makeFakeSigstore } from '../../attestation/verify/fake-sigstore.ts';
import { makeEnvelope } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';

const sigstore = await makeFakeSigstore('acme');
const AT = new Date('2026-03-01T12:00:00Z');
const sheetOf = async (document: unknown, keys = [makeKey('ed25519').trusted]) => {
  const parsed = parseSubmission(Buffer.from(JSON.stringify(document)));
  if (!parsed.ok) throw new Error(parsed.message);
  const rules = { at: AT, project: 'acme', pipeline: 'skynet', threshold: 1 };
  const profiles = [{ ...sigstore.profile, origin: 'registered' as const, asOf: '2026-02-27T12:00:00.000Z' }];
  const { statements } = verifyStatements(parsed.statements, { keys, profiles }, rules);
  return String(await statementSheets(statements, AT.toISOString()));
};

describe('the signatures of a statement', () => {
  it('stand with signer, time, prover and profile; the steps are folded', async () => {
    const text = await sheetOf(await sigstore.makeBundle({ extensions: { 14: 'refs/heads/main' } }));
    for (const words of [
      '<span class="badge good">verified</span>',
      'https://ci.example.com/job (https://issuer.example.com)',
      'proven by the log https://log.example.com',
      'acme, registered root, known to be current 2d earlier',
      '<dt>ref</dt><dd>refs/heads/main</dd>',
      '<details><summary>7 passed</summary>',
      '<b>certificate chain</b> The certificate ends in a root of acme, and was valid when it was used.',
    ])
      expect(text).toContain(words);
  });

  it('stand open where one failed, with what was not reached', async () => {
    const key = makeKey('ed25519');
    const envelope = makeEnvelope([key, makeKey('ed25519', { name: 'other' })]);
    const text = await sheetOf(envelope, [key.trusted]);
    expect(text).toContain('key test-ed25519 (ed25519)');
    expect(text).toContain('<details open><summary>1 failed, 0 passed</summary>');
    expect(text).toContain('not revoked, may sign here, valid at the time, time');
  });

  it('are escaped, whatever a certificate says', async () => {
    const text = await sheetOf(await sigstore.makeBundle({ extensions: { 14: '"><script>alert(1)</script>' } }));
    expect(text).not.toContain('<script');
    expect(text).toContain('&lt;script&gt;');
  });
});
