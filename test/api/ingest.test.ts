import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Of, sha512Of } from '../support/envelopes.ts';
import { createHouse, envelope, type House, problemOf } from './house.ts';

let house: House;
let token: string;

beforeEach(async () => {
  house = createHouse();
  await house.pipeline();
  token = (await house.token('submit')).token;
});
afterEach(() => house.close());

const bodyOf = async (answer: Response) => (await answer.json()) as Record<string, unknown>;

describe('the answer of a submission', () => {
  it('is 200 with the whole story once it is accepted', async () => {
    await house.destination();
    const answer = await house.submit(token);
    expect(answer.status).toBe(200);
    const body = await bodyOf(answer);
    expect(body).toMatchObject({
      verdict: 'accepted',
      judgement: 1,
      project: 'acme',
      pipeline: 'skynet',
      contract: { name: 'skynet-contract', revision: 1 },
      checks: [{ code: 'signature.valid', outcome: 'passed' }],
      deliveries: [{ destination: 'hook', attachment: 'to-hook', state: 'queued', stuck: false }],
    });
    expect(body.id).toMatch(/^att_[0-9a-f]{32}$/);
    expect(body.links).toMatchObject({
      self: `http://localhost/v1/attestations/${body.id}`,
      temporal: expect.stringContaining('attestation%2Facme%2Fskynet%2F'),
    });
  });

  it('tells every signature, and those of verdicts from before each was kept as they were', async () => {
    const signer = { kind: 'key' as const, name: 'release', fingerprint: 'f'.repeat(64), algorithm: 'ed25519' };
    const before = {
      sha256: 'a'.repeat(64),
      paeDigest: 'b'.repeat(64),
      result: 'verified' as const,
      signers: [signer],
    };
    const step = { code: 'signature' as const, outcome: 'passed' as const, message: 'It holds.' };
    const time = { at: '2026-03-01T12:00:00.000Z', provenBy: 'receipt' as const };
    const signatures = [{ outcome: 'verified' as const, signer, time, steps: [step] }];
    house.engine.verification = [before, { ...before, signatures }];
    const { id } = (await (await house.submit(token, envelope('told'))).json()) as { id: string };
    const answer = await house.request(token, 'GET', `/v1/attestations/${id}`);
    expect(await answer.json()).toMatchObject({ verification: [before, { ...before, signatures }] });
  });

  it('is the same for the same bytes, and nobody judges or delivers twice', async () => {
    await house.destination();
    const first = await bodyOf(await house.submit(token));
    const second = await bodyOf(await house.submit(token));
    expect(second).toEqual(first);
    expect(house.engine.asked).toHaveLength(1);
  });

  it('is 422 with every failed check and its sentence when it is rejected', async () => {
    house.engine.verdict = 'rejected';
    const answer = await house.submit(token);
    expect(answer.status).toBe(422);
    const body = await problemOf(answer);
    expect(body).toMatchObject({
      code: 'attestation.rejected',
      verdict: 'rejected',
      deliveries: [],
      title: 'Unprocessable Entity',
    });
    expect(body.detail).toBe(
      'rejected: 1 of 2 checks failed. material.missing: Expected a material skynet-sbom, found none; attach it.',
    );
    expect(body.checks).toHaveLength(2);
  });

  it('judges anew when rejected bytes are sent again', async () => {
    house.engine.verdict = 'rejected';
    const first = await problemOf(await house.submit(token));
    house.engine.verdict = 'accepted';
    const second = await bodyOf(await house.submit(token));
    expect(second).toMatchObject({ id: first.id, judgement: 2, verdict: 'accepted' });
  });

  it('is 503 with Retry-After and Location while nobody judges, and sending it again joins', async () => {
    house.engine.verdict = 'none';
    const answer = await house.submit(token);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    const body = await problemOf(answer);
    expect(answer.headers.get('location')).toBe(`http://localhost/v1/attestations/${body.id}`);
    expect(body).toMatchObject({ code: 'attestation.undecided', verdict: 'undecided' });
    expect(body.detail).toContain('not judged yet; send it again or follow the link');
    expect(house.lines.map(({ message }) => message)).not.toContain('request failed');

    house.engine.verdict = 'accepted';
    const again = await bodyOf(await house.submit(token));
    expect(again).toMatchObject({ id: body.id, judgement: 1, verdict: 'accepted' });
  });
});

describe('Prefer', () => {
  it('respond-async is answered 202 at once', async () => {
    const answer = await house.submit(token, envelope(), { prefer: 'respond-async' });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('preference-applied')).toBe('respond-async');
    const body = await bodyOf(answer);
    expect(answer.headers.get('location')).toContain(body.id);
    expect(house.engine.started).toMatchObject([{ id: body.id, n: 1 }]);
    expect(house.engine.asked).toEqual([]);
  });

  it('respond-async still tells a verdict that is known', async () => {
    await house.submit(token);
    expect((await house.submit(token, envelope(), { prefer: 'respond-async' })).status).toBe(200);
  });

  it('wait=N sets the patience, up to what the server allows', async () => {
    await house.submit(token, envelope('a'), { prefer: 'wait=3' });
    const long = await house.submit(token, envelope('b'), { prefer: 'wait=9999' });
    await house.submit(token, envelope('c'), { prefer: 'handling=lenient' });
    expect(house.engine.asked.map(({ waitMs }) => waitMs)).toEqual([3000, 120_000, 25_000]);
    expect(long.headers.get('preference-applied')).toBe('wait=120');
  });

  it('wait with respond-async waits and then answers 202', async () => {
    house.engine.verdict = 'none';
    const answer = await house.submit(token, envelope(), { prefer: 'respond-async, wait=2' });
    expect(answer.status).toBe(202);
    expect(house.engine.asked[0]?.waitMs).toBe(2000);
  });
});

describe('what may be sent', () => {
  it('is JSON under whatever content type curl says', async () => {
    const answer = await house.submit(token, envelope(), { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer.status).toBe(200);
  });

  it('is JSON Lines, and the statements come back one per line', async () => {
    const reader = (await house.token('read')).token;
    const lines = Buffer.concat([envelope('a'), Buffer.from('\n'), envelope('b'), Buffer.from('\n')]);
    const { id, statements } = (await bodyOf(await house.submit(token, lines))) as {
      id: string;
      statements: { sha256: string }[];
    };
    expect(statements.map(({ sha256 }) => sha256).sort()).toEqual(
      [sha256Of(envelope('a')), sha256Of(envelope('b'))].sort(),
    );
    const answer = await house.request(reader, 'GET', `/v1/attestations/${id}/envelope`);
    expect(answer.headers.get('content-type')).toBe('application/jsonl');
    expect((await answer.text()).trim().split('\n').sort()).toEqual(
      [String(envelope('a')), String(envelope('b'))].sort(),
    );
    const one = await house.request(
      reader,
      'GET',
      `/v1/attestations/${id}/envelope?statement=${sha256Of(envelope('b'))}`,
    );
    expect(await one.text()).toBe(String(envelope('b')));
  });

  it('is multipart with materials, which are stored under the project and remembered by name', async () => {
    const sbom = Buffer.from('{"bomFormat":"CycloneDX"}');
    const form = new FormData();
    form.append('skynet-sbom', new Blob([sbom], { type: 'application/vnd.cyclonedx+json' }), '../../sbom.json');
    form.append('attestation', new Blob([envelope()]), 'attestation.json');
    form.append('notes', 'sent without a file name: ü');
    const answer = await house.submit(token, form);
    expect(answer.status).toBe(200);
    const { id } = (await bodyOf(answer)) as { id: string };

    expect(await house.db.blobs.find('acme', { sha256: sha256Of(sbom) })).toEqual({
      sha256: sha256Of(sbom),
      sha512: sha512Of(sbom),
      size: sbom.length,
    });
    expect(await house.db.blobs.find('other', { sha256: sha256Of(sbom) })).toBeUndefined();
    const work = await house.db.attestations.pin(id, 1, house.clock().toISOString());
    expect(work?.parts.map(({ name, sha256, mediaType }) => ({ name, sha256, mediaType }))).toEqual([
      { name: 'skynet-sbom', sha256: sha256Of(sbom), mediaType: 'application/vnd.cyclonedx+json' },
      { name: 'notes', sha256: sha256Of('sent without a file name: ü'), mediaType: 'text/plain' },
    ]);
  });

  it('is the same attestation with and without materials', async () => {
    const form = new FormData();
    form.append('attestation', new Blob([envelope()]));
    form.append('more', new Blob(['bytes']));
    const first = await bodyOf(await house.submit(token, envelope()));
    const second = await bodyOf(await house.submit(token, form));
    expect(second.id).toBe(first.id);
  });
});

describe('what is refused', () => {
  const refusals: [string, () => Promise<Response>, number, string, string][] = [
    [
      'an unknown pipeline',
      () => house.submit(token, envelope(), {}, 'acme/nope'),
      404,
      'pipeline.unknown',
      'there is no pipeline "acme/nope"',
    ],
    ['no JSON', () => house.submit(token, 'hello'), 400, 'json.invalid', ''],
    [
      'JSON of another shape',
      () => house.submit(token, '{"hello":"world"}'),
      400,
      'submission.shape',
      'neither a DSSE envelope nor a Sigstore bundle',
    ],
    ['nothing', () => house.submit(token, ''), 400, 'submission.empty', 'Nothing was sent'],
    ['cut base64', () => house.submit(token, changed({ payload: 'eyJfdHlwZ' })), 400, 'base64', ''],
    ['an unknown payload type', () => house.submit(token, changed({ payloadType: 'text/plain' })), 400, 'payload', ''],
    [
      'an unknown bundle media type',
      () =>
        house.submit(
          token,
          JSON.stringify({ mediaType: 'application/x-unknown', verificationMaterial: {}, dsseEnvelope: {} }),
        ),
      400,
      'bundle',
      '',
    ],
    [
      'a compressed body',
      () => house.submit(token, envelope(), { 'content-encoding': 'gzip' }),
      415,
      'content-encoding.unsupported',
      'expected a body without Content-Encoding, found "gzip"; send the bytes as they are',
    ],
    [
      'multipart without a boundary',
      () => house.submit(token, 'x', { 'content-type': 'multipart/form-data' }),
      400,
      'multipart.malformed',
      '',
    ],
    [
      'multipart that is cut',
      () =>
        house.submit(token, '--b\r\nContent-Disposition: form-data; name="attestation"; filename="a"\r\n\r\n{"pay', {
          'content-type': 'multipart/form-data; boundary=b',
        }),
      400,
      'multipart.malformed',
      'found one that is cut or malformed',
    ],
    [
      'multipart without an attestation',
      () => house.submit(token, formOf({ 'skynet-sbom': 'x' })),
      400,
      'submission.no-attestation',
      '',
    ],
    ...['Content-Type: text/plain\r\n', '', 'Content-Disposition: attachment; name="sbom"\r\n'].flatMap(
      (headers): [string, () => Promise<Response>, number, string, string][] =>
        [true, false].map((last) => [
          `${last ? 'a last' : 'a first'} part that says nowhere what it is: ${JSON.stringify(headers)}`,
          () => house.submit(token, rawParts(headers, last), { 'content-type': 'multipart/form-data; boundary=b' }),
          400,
          'multipart.no-disposition',
          'found one without it',
        ]),
    ),
    ['a part without a name', () => house.submit(token, formOf({ '': 'x' })), 400, 'multipart.name', ''],
  ];

  it.each(refusals)('%s', async (_what, send, status, code, sentence) => {
    const answer = await send();
    const body = await problemOf(answer);
    expect({ status: answer.status, code: body.code }).toEqual({ status, code: expect.stringContaining(code) });
    expect(body.detail).toContain(sentence);
    expect(body.requestId).toBe(answer.headers.get('x-request-id'));
    expect((await house.db.attestations.list({}, { limit: 10 })).items).toEqual([]);
  });

  it('an unknown pipeline, with the words of what to do', async () => {
    const body = await problemOf(await house.submit(token, envelope(), {}, 'acme/nope'));
    expect(body.remedy).toContain('Check its name.');
  });

  it('an attestation over the limit, which the answer names', async () => {
    const small = createHouse({ limits: { ...house.deps.config.limits, envelopeBytes: 1000 } });
    await small.pipeline();
    const { token: sender } = await small.token('submit');
    for (const body of [Buffer.alloc(1001, ' '), formOf({ attestation: 'x'.repeat(1001) })]) {
      const answer = await small.submit(sender, body);
      expect(answer.status).toBe(413);
      expect(await problemOf(answer)).toMatchObject({
        code: 'body.too-large',
        detail: 'expected an attestation of at most 1000 bytes, found more',
      });
    }
    small.close();
  });

  it('a material over the limit, and nothing of it stays behind', async () => {
    const small = createHouse({ limits: { ...house.deps.config.limits, materialBytes: 10 } });
    await small.pipeline();
    const { token: sender } = await small.token('submit');
    const answer = await small.submit(sender, formOf({ big: 'x'.repeat(200_000), attestation: String(envelope()) }));
    expect(answer.status).toBe(413);
    expect((await problemOf(answer)).detail).toBe('expected the material "big" to be of at most 10 bytes, found more');
    expect(readdirSync(join(small.dir, 'tmp'))).toEqual([]);
    small.close();
  });

  it('more materials than allowed, and one that comes twice', async () => {
    const small = createHouse({ limits: { ...house.deps.config.limits, materials: 2 } });
    await small.pipeline();
    const { token: sender } = await small.token('submit');
    const many = await small.submit(sender, formOf({ attestation: String(envelope()), a: '1', b: '2', c: '3' }));
    expect(many.status).toBe(413);
    expect((await problemOf(many)).detail).toContain('at most 2 materials');
    const twice = formOf({ attestation: String(envelope()), a: '1' });
    twice.append('a', new Blob(['2']));
    expect(await problemOf(await small.submit(sender, twice))).toMatchObject({
      status: 400,
      code: 'multipart.duplicate-part',
    });
    small.close();
  });
});

const changed = (fields: object): string => JSON.stringify({ ...JSON.parse(String(envelope())), ...fields });

/** An attestation, and a part with these headers before or after it. */
function rawParts(headers: string, last: boolean): string {
  const attestation = `Content-Disposition: form-data; name="attestation"; filename="a"\r\n\r\n${envelope()}`;
  const other = `${headers}\r\nbytes`;
  const parts = last ? [attestation, other] : [other, attestation];
  return `${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;
}

function formOf(parts: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, text] of Object.entries(parts)) form.append(name, new Blob([text]), 'file');
  return form;
}
