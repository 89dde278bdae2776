import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../attestation/verify/x509/certificate.ts';
import { parsePem } from '../../../attestation/verify/x509/pem.ts';
import { verifyTimestamp } from '../../../attestation/verify/x509/timestamp.ts';
import { base64, hoursLater, issue, makeTimestamping } from './fake-authority.ts';
import { RSA_AUTHORITY, RSA_STAMPED, RSA_TOKEN } from './rsa-timestamp.ts';

const decode = (text: string) => Buffer.from(text, 'base64');
const authority = parseCertificate(decode(RSA_AUTHORITY));
const stamped = [Buffer.from(RSA_STAMPED)];

describe('a timestamp of an RSA authority', () => {
  it('holds for what was stamped, and says when', () => {
    const judged = verifyTimestamp(decode(RSA_TOKEN), stamped, [authority]);
    expect(judged).toMatchObject({ ok: true, at: expect.any(Date) });
    expect(verifyTimestamp(decode(RSA_TOKEN), [Buffer.from('x'), ...stamped], [authority])).toEqual(judged);
  });

  it('does not hold for anything else, nor for nobody', () => {
    for (const [bytes, authorities] of [
      [[Buffer.from('another signature')], [authority]],
      [[], [authority]],
      [stamped, []],
    ] as const) {
      expect(verifyTimestamp(decode(RSA_TOKEN), bytes, authorities)).toMatchObject({ code: 'x509.timestamp' });
    }
  });

  it('holds in no byte but its own', () => {
    const token = decode(RSA_TOKEN);
    const { at } = verifyTimestamp(token, stamped, [authority]) as { at: Date };
    for (let place = 0; place < token.length; place += 3) {
      const changed = Buffer.from(token);
      changed[place] = (changed[place] ?? 0) ^ 1;
      const judged = tryVerify(changed);
      if (judged?.ok) expect(judged.at).toEqual(at);
    }
  });

  const tryVerify = (token: Buffer) => {
    try {
      return verifyTimestamp(token, stamped, [authority]);
    } catch {
      return undefined;
    }
  };
});

describe('a timestamp', () => {
  it('is refused from a certificate that is not for timestamps alone', async () => {
    const { stamp, leaf } = await makeTimestamping(hoursLater(1));
    const response = await stamp(Buffer.from('x'));
    expect(verifyTimestamp(response, [Buffer.from('x')], [parseCertificate(decode(leaf))]).ok).toBe(true);
    const other = await issue(undefined, { isCa: true });
    expect(verifyTimestamp(response, [Buffer.from('x')], [parseCertificate(other.der)]).ok).toBe(false);
  });

  it('is refused at a time at which its authority was not valid', async () => {
    const { stamp, leaf } = await makeTimestamping(hoursLater(24 * 400));
    expect(
      verifyTimestamp(await stamp(Buffer.from('x')), [Buffer.from('x')], [parseCertificate(decode(leaf))]),
    ).toMatchObject({ code: 'x509.timestamp' });
  });
});

describe('PEM', () => {
  it('is nothing but blocks of certificates', async () => {
    const { pem, der } = await issue(undefined, { isCa: true });
    expect(parsePem(pem, 1)).toEqual([der]);
    expect(parsePem(`\n${pem}\r\n${pem.replaceAll('\n', '\r\n')}`, 2)).toEqual([der, der]);
    for (const text of [
      '',
      ' ',
      `x${pem}`,
      `${pem}x`,
      pem + pem,
      pem.replaceAll('CERTIFICATE', 'PUBLIC KEY'),
      base64(der),
    ])
      expect(parsePem(text, 1)).toBeUndefined();
    expect(parsePem(`-----BEGIN CERTIFICATE-----\n${'\n'.repeat(60_000)}`, 1)).toBeUndefined();
  });
});
