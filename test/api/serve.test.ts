import { Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Served, serveApi } from '../../api/serve.ts';
import { sha256Of } from '../support/envelopes.ts';
import { createHouse, envelope, type House, problemOf } from './house.ts';

let house: House;
let served: Served;
let token: string;
beforeEach(async () => {
  house = createHouse();
  await house.pipeline();
  token = (await house.token('submit')).token;
  served = await serveApi(house.app, { port: 0 });
});
afterEach(async () => {
  await served.close();
  house.close();
});

const send = (path: string, init: RequestInit) =>
  fetch(served.url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
const SUBMIT = '/v1/pipelines/acme/skynet/attestations';

const headOf = (host: string, length: number) =>
  [
    `POST ${SUBMIT} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
    `Content-Length: ${length}`,
    '',
    '',
  ].join('\r\n');

describe('over a real connection', () => {
  it('is on loopback, and takes JSON, multipart and blobs', async () => {
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await send(SUBMIT, { method: 'POST', body: envelope() })).status).toBe(200);
    const form = new FormData();
    const material = Buffer.alloc(3 * 2 ** 20, 'm');
    form.append('big', new Blob([material]), 'big.bin');
    form.append('attestation', new Blob([envelope('two')]));
    expect((await send(SUBMIT, { method: 'POST', body: form })).status).toBe(200);
    expect(await house.db.blobs.find('acme', { sha256: sha256Of(material) })).toMatchObject({ size: material.length });
    const blob = `/v1/projects/acme/blobs/sha256:${sha256Of('bytes')}`;
    expect((await send(blob, { method: 'PUT', body: 'bytes' })).status).toBe(201);
  });

  it('a refusal reaches the sender before he has sent everything', async () => {
    house.deps.config.limits.materialBytes = 1000;
    const body = Buffer.alloc(8 * 2 ** 20);
    const answer = await send(`/v1/projects/acme/blobs/sha256:${sha256Of(body)}`, { method: 'PUT', body });
    expect(await problemOf(answer)).toMatchObject({ status: 413, code: 'body.too-large' });
    const form = new FormData();
    form.append('big', new Blob([body]), 'big.bin');
    expect(await problemOf(await send(SUBMIT, { method: 'POST', body: form }))).toMatchObject({ status: 413 });
    expect((await send('/healthz', {})).status).toBe(200);
  });

  it('a sender who hangs up in the middle leaves nothing, and the next one is served', async () => {
    const { hostname, port } = new URL(served.url);
    const socket = connect(Number(port), hostname);
    socket.write(`${headOf(hostname, 5000)}{"payload":`, () => socket.destroy());
    await expect
      .poll(() => house.lines.map(({ fields }) => fields))
      .toContainEqual(expect.objectContaining({ path: SUBMIT, status: 400 }));
    expect(house.lines.filter(({ message }) => message === 'request failed')).toEqual([]);
    expect((await send(SUBMIT, { method: 'POST', body: envelope() })).status).toBe(200);
  });

  it('a sender who trickles is cut off', async () => {
    const strict = await serveApi(house.app, { port: 0, rateWindowMs: 50 });
    const { hostname, port } = new URL(strict.url);
    const socket = connect(Number(port), hostname);
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.write(headOf(hostname, 5000));
    await ended;
    await strict.close();
    expect(house.lines.map(({ fields }) => fields)).toContainEqual(
      expect.objectContaining({ path: SUBMIT, status: 400 }),
    );
  });

  it('who waits for a verdict when the server stops is told to come again, and it stops at once', async () => {
    house.engine.verdict = 'pending';
    const waiting = send(SUBMIT, { method: 'POST', body: envelope() });
    await expect.poll(() => house.engine.asked).toHaveLength(1);
    const forced = vi.spyOn(Server.prototype, 'closeAllConnections');
    await served.close();
    const answer = await waiting;
    expect(answer.headers.get('retry-after')).toBe('5');
    const body = await problemOf(answer);
    expect(body).toMatchObject({ status: 503, code: 'attestation.undecided', verdict: 'undecided' });
    expect(answer.headers.get('location')).toContain(body.id);
    expect(forced).not.toHaveBeenCalled();
    forced.mockRestore();
  });

  it('says which port is taken', async () => {
    const port = Number(new URL(served.url).port);
    await expect(serveApi(house.app, { port })).rejects.toThrow(/EADDRINUSE/);
  });
});
