import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Of, sha512Of } from '../support/envelopes.ts';
import { createHouse, envelope, type House, problemOf } from './house.ts';

let house: House;
let submitter: string;
let reader: string;
beforeEach(async () => {
  house = createHouse();
  await house.pipeline();
  submitter = (await house.token('submit')).token;
  reader = (await house.token('read')).token;
});
afterEach(() => house.close());

const SBOM = '{"bomFormat":"CycloneDX","note":"<script>alert(1)</script>"}';
const blobPath = (text: string, project = 'acme') => `/v1/projects/${project}/blobs/sha256:${sha256Of(text)}`;

describe('a blob', () => {
  it('is put, asked for and read, by those who may', async () => {
    expect((await house.request(submitter, 'HEAD', blobPath(SBOM))).status).toBe(404);
    const created = await house.request(submitter, 'PUT', blobPath(SBOM), SBOM);
    expect(created.status).toBe(201);
    expect(await created.json()).toEqual({ sha256: sha256Of(SBOM), sha512: sha512Of(SBOM), size: SBOM.length });
    expect((await house.request(submitter, 'PUT', blobPath(SBOM), SBOM)).status).toBe(200);

    const head = await house.request(submitter, 'HEAD', blobPath(SBOM));
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(SBOM.length)]);
    const read = await house.request(reader, 'GET', blobPath(SBOM));
    expect(await read.text()).toBe(SBOM);
    expect(read.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await house.request(submitter, 'GET', blobPath(SBOM))).status).toBe(403);
  });

  it('counts under the project that sent it only', async () => {
    await house.pipeline('beta/app');
    await house.request(submitter, 'PUT', blobPath(SBOM), SBOM);
    expect((await house.request(reader, 'GET', blobPath(SBOM, 'beta'))).status).toBe(404);
  });

  it('with another digest is refused with both digests, and leaves nothing behind', async () => {
    const answer = await house.request(submitter, 'PUT', blobPath(SBOM), `${SBOM} `);
    expect(await problemOf(answer)).toMatchObject({
      status: 400,
      code: 'digest.mismatch',
      expected: `sha256:${sha256Of(SBOM)}`,
      found: `sha256:${sha256Of(`${SBOM} `)}`,
    });
    const files = readdirSync(house.dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files).toEqual([]);
    expect(await house.db.blobs.find('acme', { sha256: sha256Of(SBOM) })).toBeUndefined();
  });

  it('is refused with a bad digest, an unknown project, a content encoding, or over the limit', async () => {
    const put = (path: string, headers = {}) => house.request(submitter, 'PUT', path, SBOM, headers);
    expect(await problemOf(await put('/v1/projects/acme/blobs/sha256:ABC'))).toMatchObject({
      status: 400,
      code: 'request.invalid',
    });
    expect(await problemOf(await put(blobPath(SBOM, 'acne')))).toMatchObject({ status: 404, code: 'project.unknown' });
    expect(await problemOf(await put(blobPath(SBOM), { 'content-encoding': 'zstd' }))).toMatchObject({ status: 415 });
    house.deps.config.limits.materialBytes = 10;
    const large = await problemOf(await put(blobPath(SBOM)));
    expect(large).toMatchObject({ status: 413, detail: 'expected a blob of at most 10 bytes, found more' });
  });
});

describe('a material', () => {
  it('is downloaded as what it is, and never shown or run by a browser', async () => {
    const name = 'skynet "sbom" ü.json';
    await house.request(submitter, 'PUT', blobPath(SBOM), SBOM);
    const base = { type: 'SBOM_CYCLONEDX_JSON', slot: 'skynet-sbom', how: 'signed name', facts: {}, annotations: {} };
    house.engine.materials = [
      { ...base, name, sha256: sha256Of(SBOM), size: SBOM.length, mediaType: 'text/html', bytes: 'stored' },
      { ...base, name: 'image', sha256: sha256Of('x'), size: 0, mediaType: 'a\r\nb', bytes: 'absent' },
    ];
    const { id } = (await (await house.submit(submitter, envelope())).json()) as { id: string };
    const answer = await house.request(reader, 'GET', `/v1/attestations/${id}/materials/${encodeURIComponent(name)}`);
    expect(await answer.text()).toBe(SBOM);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html',
      'content-disposition':
        'attachment; filename="skynet__sbom___.json"; filename*=UTF-8\'\'skynet%20%22sbom%22%20%C3%BC.json',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
    const absent = await house.request(reader, 'GET', `/v1/attestations/${id}/materials/image`);
    expect(await problemOf(absent)).toMatchObject({ status: 404, code: 'bytes.absent' });
    const unknown = await house.request(reader, 'GET', `/v1/attestations/${id}/materials/nope`);
    expect(await problemOf(unknown)).toMatchObject({ status: 404, code: 'material.unknown' });
  });
});

describe('bytes that the store has lost', () => {
  const pathIn = (sha256: string) => join(house.dir, 'sha256', sha256.slice(0, 2), sha256);
  const faults = () => house.lines.filter(({ message }) => /request failed|missing or damaged/.test(message));

  it('are a fault that the log tells, wherever they are asked for', async () => {
    const lines = Buffer.concat([envelope('a'), Buffer.from('\n'), envelope('b')]);
    await house.request(submitter, 'PUT', blobPath(SBOM), SBOM);
    const { id } = (await (await house.submit(submitter, lines)).json()) as { id: string };
    for (const sha256 of [sha256Of(SBOM), sha256Of(envelope('b'))]) rmSync(pathIn(sha256));
    const one = `/v1/attestations/${id}/envelope?statement=${sha256Of(envelope('b'))}`;
    for (const path of [blobPath(SBOM), `/v1/attestations/${id}/envelope`, one]) {
      const before = faults().length;
      expect(await problemOf(await house.request(reader, 'GET', path))).toMatchObject({
        status: 500,
        code: 'bytes.lost',
      });
      expect(faults().length, path).toBe(before + 1);
    }
    expect(faults().map(({ fields }) => fields)).toContainEqual(
      expect.objectContaining({
        err: expect.objectContaining({ message: expect.stringContaining(sha256Of(envelope('b'))) }),
      }),
    );
  });

  it('are told to the log when only the end of a download shows that they are damaged', async () => {
    await house.request(submitter, 'PUT', blobPath(SBOM), SBOM);
    writeFileSync(pathIn(sha256Of(SBOM)), SBOM.toUpperCase());
    const answer = await house.request(reader, 'GET', blobPath(SBOM));
    await expect(answer.text()).rejects.toThrow();
    expect(faults()).toHaveLength(1);
  });
});

it('several statements come back as one line each, even those that were sent on many', async () => {
  const pretty = (seed: string) => JSON.stringify(JSON.parse(String(envelope(seed))), null, 2);
  const form = new FormData();
  for (const seed of ['a', 'b']) form.append('attestation', new Blob([pretty(seed)]));
  const { id } = (await (await house.submit(submitter, form)).json()) as { id: string };
  const lines = (await (await house.request(reader, 'GET', `/v1/attestations/${id}/envelope`)).text())
    .trim()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line).payload).sort()).toEqual(
    ['a', 'b'].map((seed) => JSON.parse(String(envelope(seed))).payload).sort(),
  );
  const exact = await house.request(
    reader,
    'GET',
    `/v1/attestations/${id}/envelope?statement=${sha256Of(pretty('a'))}`,
  );
  expect(await exact.text()).toBe(pretty('a'));
});
