import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ARTIFACT, makeEnvelope, makeStatement } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';
import { worldWithEvidence } from './evidence-world.ts';

it('--vsa prints an envelope that verify accepts with the published key, and with no other', async () => {
  const { run, id, folder } = await worldWithEvidence();
  const vsa = await run(['get', 'attestation', id, '--vsa']);
  expect(vsa).toMatchObject({ exit: 0, err: '' });
  writeFileSync(join(folder, 'vsa.json'), vsa.out);
  const { items } = JSON.parse((await run(['get', 'verdict-keys', '--json'])).out);
  expect(items).toMatchObject([{ algorithm: 'ecdsa-p256-sha256', retiredAt: null }]);
  for (const name of [items[0].id, 'current'])
    expect(await run(['get', 'verdict-key', name])).toMatchObject({ exit: 0, out: items[0].publicKey });
  writeFileSync(join(folder, 'waybill.pem'), items[0].publicKey);
  writeFileSync(join(folder, 'other.pem'), makeKey('ecdsa-p256-sha256').publicPem);

  const verified = await run(['verify', 'vsa.json', '--key', 'waybill.pem', '--statement-only']);
  expect(verified).toMatchObject({ exit: 0, err: '' });
  expect(JSON.parse(verified.out)).toMatchObject({
    predicateType: 'https://slsa.dev/verification_summary/v1',
    predicate: {
      verificationResult: 'PASSED',
      inputAttestations: [{ annotations: { attestation: id, judgement: 2 } }],
    },
  });
  expect(await run(['verify', 'vsa.json', '--key', 'other.pem'])).toMatchObject({ exit: 1 });
  expect((await run(['get', 'verdict-keys'])).out).toMatch(/^ID +ALGORITHM +AGE +RETIRED\n[0-9a-f]{64} .* -\n$/);
});

it('verify says what a summary says, and holds none that did not pass against its file', async () => {
  const { folder, run } = await worldWithEvidence();
  const key = makeKey('ecdsa-p256-sha256');
  writeFileSync(join(folder, 'waybill.pem'), key.publicPem);
  writeFileSync(join(folder, 'app'), ARTIFACT);
  const sign = (verificationResult: string) => {
    const predicate = {
      verifier: { id: 'https://waybill.example.com' },
      timeVerified: '2026-03-01T03:00:00Z',
      resourceUri: 'https://waybill.example.com/v1/pipelines/skynet/release',
      verificationResult,
      verifiedLevels: ['SLSA_BUILD_LEVEL_UNEVALUATED'],
    };
    const statement = makeStatement({ predicateType: 'https://slsa.dev/verification_summary/v1', predicate });
    writeFileSync(join(folder, 'vsa.json'), JSON.stringify(makeEnvelope(key, statement)));
  };
  const alone = ['verify', 'vsa.json', '--key', 'waybill.pem'];
  const aboutFile = ['verify', 'app', '--bundle', 'vsa.json', '--key', 'waybill.pem'];

  sign('PASSED');
  expect((await run(alone)).out).toContain(
    'summary  PASSED\n  of      https://waybill.example.com/v1/pipelines/skynet/release\n  by      https://waybill.example.com\n',
  );
  expect(await run(aboutFile)).toMatchObject({ exit: 0 });
  sign('FAILED');
  expect(await run(alone)).toMatchObject({ exit: 0, out: expect.stringContaining('summary  FAILED\n') });
  const refused = await run([...aboutFile, '--statement-only']);
  expect(refused).toMatchObject({ exit: 1, out: '' });
  expect(refused.err).toContain('summary.failed: The verification summary about this file says that it did not pass.');
});

it('--vsa ends with 1 where nobody judged yet, and with 2 where it is not about one attestation', async () => {
  const { run, judge, folder } = await worldWithEvidence();
  delete judge.verdict;
  const statement = makeStatement({ predicate: { another: true } });
  writeFileSync(join(folder, 'new.json'), JSON.stringify(makeEnvelope(makeKey(), statement)));
  const sent = await run(['submit', 'new.json', '--pipeline', 'skynet/release', '--async', '--json']);
  const { id } = JSON.parse(sent.out) as { id: string };
  const none = await run(['get', 'attestation', id, '--vsa']);
  expect(none).toMatchObject({ exit: 1, out: '' });
  expect(none.err).toContain('vsa.none: judgement 1 of');
  for (const args of [
    ['attestations', '--vsa'],
    ['contract', 'all', '--vsa'],
    ['attestation', id, '--force'],
  ])
    expect(await run(['get', ...args])).toMatchObject({ exit: 2, out: '' });
});
