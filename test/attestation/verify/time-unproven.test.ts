import { describe, expect, it } from 'vitest';
import type { TrustProfile } from '../../../attestation/verify/profiles.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { receive } from '../../support/envelopes.ts';
import { type FakeSigstore, makeFakeSigstore } from './fake-sigstore.ts';

type Bundle = Awaited<ReturnType<FakeSigstore['makeBundle']>>;
const judge = (bundle: Bundle, profiles: TrustProfile[], threshold = 1) => {
  const { statements, checks } = verifyStatements(
    receive(bundle),
    { keys: [], profiles },
    { at: new Date('2026-03-01T12:00:00Z'), project: 'acme', pipeline: 'skynet', threshold },
  );
  return [statements[0]?.result, ...checks.map(({ code, outcome }) => `${code} ${outcome}`)];
};
const unproven = ['time-unproven', 'signature.time-unproven warned'];
const flip = (text: string): string => `${text.slice(0, -6)}${text.at(-6) === 'A' ? 'B' : 'A'}${text.slice(-5)}`;

const logging = await makeFakeSigstore('logging');
const stamping = await makeFakeSigstore('stamping', { tlogThreshold: 0, ctlogThreshold: 0 });
/** Stamps an hour after a certificate that lives ten minutes was issued. */
const late = await makeFakeSigstore('late', { tlogThreshold: 0 }, { stampedAfterMs: 3_600_000 });
const untransparent = await makeFakeSigstore('untransparent', {}, { hasCtLog: false });

describe('a certificate whose time nobody proves', () => {
  it('is time-unproven: chain and signature hold, and no moment is named', async () => {
    for (const { profile, makeBundle } of [logging, stamping, late]) {
      expect(judge(await makeBundle({ logged: false }), [profile])).toEqual(unproven);
    }
    const { statements } = verifyStatements(
      receive(await logging.makeBundle({ logged: false })),
      { keys: [], profiles: [stamping.profile, logging.profile] },
      { at: new Date(), project: 'acme', pipeline: 'skynet', threshold: 1 },
    );
    expect(statements).toMatchObject([{ signers: [{ kind: 'certificate', profile: 'logging' }] }]);
    expect(statements[0]).not.toHaveProperty('provenAt');
    expect(statements[0]).not.toHaveProperty('logIndex');
  });

  it('is the same whatever the time of receipt is', async () => {
    const [received] = receive(await logging.makeBundle({ logged: false }));
    const results = [logging.loggedAt, new Date(0), new Date(8.64e15)].map(
      (at) =>
        received &&
        verifyStatements(
          [received],
          { keys: [], profiles: [logging.profile] },
          { at, project: 'acme', pipeline: 'skynet', threshold: 1 },
        ).statements[0]?.result,
    );
    expect(results).toEqual(['time-unproven', 'time-unproven', 'time-unproven']);
  });

  it('is invalid where anything else does not hold either', async () => {
    const bundle = await logging.makeBundle({ logged: false });
    expect(judge(bundle, [stamping.profile])).toEqual(['invalid', 'bundle.certificate failed']);
    const [signature] = bundle.dsseEnvelope.signatures;
    const forged = { ...bundle.dsseEnvelope, signatures: [{ keyid: '', sig: flip(signature?.sig ?? '') }] };
    expect(judge({ ...bundle, dsseEnvelope: forged }, [logging.profile])[0]).toBe('invalid');
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString().replace('app', 'ape');
    const changed = { ...bundle.dsseEnvelope, payload: Buffer.from(payload).toString('base64') };
    expect(judge({ ...bundle, dsseEnvelope: changed }, [logging.profile])[0]).toBe('invalid');
    expect(judge(await untransparent.makeBundle({ logged: false }), [untransparent.profile])[0]).toBe('invalid');
    expect(judge(bundle, [logging.profile], 2)).toEqual(['invalid', 'signature.threshold failed']);
  });

  it('is invalid when evidence of time is there and does not hold', async () => {
    expect(judge(await late.makeBundle({ logged: false, timestamped: true }), [late.profile])).toEqual([
      'invalid',
      'bundle.certificate failed',
    ]);
    const [one, two] = [
      await stamping.makeBundle({ logged: false, timestamped: true }),
      await stamping.makeBundle({ logged: false, timestamped: true }),
    ];
    const { timestampVerificationData } = two.verificationMaterial;
    const swapped = { ...one, verificationMaterial: { ...one.verificationMaterial, timestampVerificationData } };
    expect(judge(swapped, [stamping.profile])).toEqual(['invalid', 'bundle.time-unproven failed']);
  });
});

describe('a log without promises (Rekor v2)', () => {
  it('proves that it was logged, and a timestamp authority when', async () => {
    expect(judge(await logging.makeBundle({ logged: 'v2', timestamped: true }), [logging.profile])).toEqual([
      'verified',
      'signature.valid passed',
    ]);
    expect(judge(await logging.makeBundle({ logged: 'v2' }), [logging.profile])).toEqual(unproven);
  });

  it('is believed only for this very signature', async () => {
    const [one, two] = [await logging.makeBundle({ logged: 'v2' }), await logging.makeBundle({ logged: 'v2' })];
    const { tlogEntries } = two.verificationMaterial;
    const swapped = { ...one, verificationMaterial: { ...one.verificationMaterial, tlogEntries } };
    expect(judge(swapped, [logging.profile])[0]).toBe('invalid');
    expect(judge(await stamping.makeBundle({ logged: 'v2' }), [logging.profile])[0]).toBe('invalid');
  });
});
