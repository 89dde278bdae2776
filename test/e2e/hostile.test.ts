import { createHmac, sign } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { pae } from '../../attestation/verify/pae.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../../attestation/verify/sign.ts';
import { forgetPeak, peakBytes, residentBytes } from '../../bench/memory.ts';
import { makeEnvelope, makeStatement, toBytes } from '../support/envelopes.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { makeKey, type TestKey } from '../support/keys.ts';
import { anAttestation, createTenant, type Tenant } from '../support/tenant.ts';

const MIB = 2 ** 20;
/** Of the API, over what it had before, while a gigabyte knocks. */
const GROWTH = 128 * MIB;

let house: Installation;
let pids: (number | undefined)[];
const pidsNow = () => [house.api, ...house.workers].map((process) => process.pid());
beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'));
  pids = pidsNow();
});
afterAll(async () => {
  if (!house) return;
  expect(pidsNow()).toEqual(pids);
  await house.dispose();
});

/** The failed checks of what must be rejected: never an error of ours, never accepted. */
const rejected = async (tenant: Tenant, document: unknown) => {
  const { status, body, text } = await tenant.send(toBytes(document));
  expect(status, text).toBe(422);
  return body.checks.filter(({ outcome }) => outcome === 'failed');
};
const register = (tenant: Tenant, key: TestKey, name: string) =>
  house.http.apply(`/v1/trust/keys/${name}`, {
    publicKey: key.publicPem,
    algorithm: key.algorithm,
    projects: [tenant.project],
  });

describe('a signature that pretends', () => {
  const payload = Buffer.from(JSON.stringify(makeStatement()));
  const signed = pae(IN_TOTO_PAYLOAD_TYPE, payload);
  const withSignature = (sig: Buffer, keyid: string) => ({
    payloadType: IN_TOTO_PAYLOAD_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ sig: sig.toString('base64'), keyid }],
  });

  it('to be of another algorithm than its key is rejected, and the check names both', async () => {
    const tenant = await createTenant(house);
    const { publicPem, name } = tenant.key;
    const others = [makeKey('rsa-pkcs1v15-sha256'), makeKey('rsa-pss-sha256'), makeKey('ecdsa-p256-sha256')];
    const signatures = [
      createHmac('sha256', publicPem).update(signed).digest(),
      ...others.map(({ privateKey }) => sign('sha256', signed, privateKey)),
    ];
    for (const sig of signatures)
      expect(await rejected(tenant, withSignature(sig, name))).toMatchObject([
        {
          code: 'signature.invalid',
          message: `The signature names the key "${name}", but it is not that key's signature over this statement.`,
          expected: `a signature by "${name}" with ed25519`,
        },
      ]);
  });

  it('to be of two keys by two ids counts once', async () => {
    const contract = 'schemaVersion: v1\nverification: { threshold: 2 }\n';
    const tenant = await createTenant(house, { contract });
    await register(tenant, tenant.key, `${tenant.project}-alias`);
    const { signatures, ...envelope } = makeEnvelope(tenant.key);
    const twice = ['', '-alias'].flatMap((end) => signatures.map(({ sig }) => ({ sig, keyid: tenant.project + end })));
    expect(await rejected(tenant, { ...envelope, signatures: twice })).toMatchObject([
      { code: 'signature.threshold', expected: '2 different keys', found: '1' },
    ]);
  });

  it('to come with a certificate that is DER without a bottom is rejected', async () => {
    const tenant = await createTenant(house);
    const pem = `-----BEGIN CERTIFICATE-----\n${deepDer(16_000).toString('base64')}\n-----END CERTIFICATE-----\n`;
    const { signatures, ...envelope } = makeEnvelope(makeKey('ecdsa-p256-sha256'));
    const certificate = Buffer.from(pem).toString('base64');
    const failed = await rejected(tenant, { ...envelope, signatures: [{ ...signatures[0], certificate }] });
    expect(failed).toMatchObject([{ code: expect.stringMatching(/^(bundle|x509)\./), message: expect.any(String) }]);
  });
});

it('an honest envelope in URL-safe base64 and with unknown fields is accepted', async () => {
  const tenant = await createTenant(house);
  const { payload, signatures, ...envelope } = JSON.parse(anAttestation(tenant.key).toString());
  const urlSafe = (text: string) => Buffer.from(text, 'base64').toString('base64url');
  const [{ sig }] = signatures;
  const sent = { ...envelope, payload: urlSafe(payload), signatures: [{ sig: urlSafe(sig), unknown: [1] }], x: null };
  expect(await tenant.send(toBytes(sent))).toMatchObject({ status: 200, body: { verdict: 'accepted' } });
});

describe('a gigabyte', () => {
  const HEAD = '--b\r\nContent-Disposition: form-data; name="attestation"; filename="a"\r\n\r\n';
  it.each([
    ['as JSON', 'application/json', '{"payload":"'],
    ['as a part of multipart', 'multipart/form-data; boundary=b', HEAD],
  ])('%s is refused before it has come, and memory does not grow with it', async (_, contentType, head) => {
    const tenant = await createTenant(house);
    const api = house.api.pid() ?? 0;
    forgetPeak(api);
    const before = residentBytes(api);
    const { answer, taken } = await pour(tenant, contentType, head);
    expect(answer).toMatchObject({
      status: 413,
      code: 'body.too-large',
      detail: 'expected an attestation of at most 32 MiB, found more',
    });
    expect(taken).toBeLessThan(512 * MIB);
    if (before !== undefined) expect((peakBytes(api) ?? before) - before).toBeLessThan(GROWTH);
    expect((await tenant.send(anAttestation(tenant.key))).status).toBe(200);
  });
});

/** Sends a gigabyte in chunks until somebody says no. */
async function pour(tenant: Tenant, contentType: string, head: string) {
  const path = `/v1/pipelines/${tenant.project}/release/attestations`;
  const sent = request(new URL(path, house.api.said().url), {
    method: 'POST',
    headers: { authorization: `Bearer ${house.token}`, 'content-type': contentType },
  });
  // The connection ends under a sender who goes on after the refusal.
  sent.on('error', () => {});
  const answered: Promise<[IncomingMessage]> = once(sent, 'response') as never;
  let isAnswered = false;
  sent.once('response', () => {
    isAnswered = true;
  });
  let taken = 0;
  sent.write(head);
  const block = Buffer.alloc(MIB, 'A');
  while (!isAnswered && taken < 1024 * MIB) {
    taken += block.length;
    if (!sent.write(block)) await Promise.race([once(sent, 'drain'), answered]);
  }
  const answer = JSON.parse(await textOf((await answered)[0]));
  sent.destroy();
  return { answer, taken };
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) text += chunk;
  return text;
}

/** DER, one sequence in the other, as deep as the bytes allow. */
function deepDer(bytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let length = bytes; length > 4; length -= 4)
    parts.push(Buffer.from([0x30, 0x82, (length - 4) >> 8, (length - 4) & 0xff]));
  return Buffer.concat(parts);
}
