import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { shipped } from '../../attestation/verify/published.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { createTenant } from '../support/tenant.ts';

/** Stands for both publishers' mirrors, and has nothing. */
let mirror: Server;
let house: Installation;
const asked: string[] = [];

beforeAll(async () => {
  mirror = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;
  const urls = (name: string) => ({
    WAYBILL_TUF_SIGSTORE_URL: `${url}/${name}/sigstore`,
    WAYBILL_TUF_GITHUB_URL: `${url}/${name}/github`,
  });
  house = await startInstallation(inject('temporalCli'), { env: { WAYBILL_TUF: 'on', ...urls('on') } });
  await house.addWorker({ WAYBILL_TUF: 'off', ...urls('off') });
});
afterAll(async () => {
  await house?.dispose();
  mirror?.closeAllConnections();
  mirror?.close();
});

const bundle = readFileSync(new URL('../attestation/verify/github-private.jsonl', import.meta.url));
const CONTRACT = `schemaVersion: v1
signers:
  - { issuer: https://token.actions.githubusercontent.com, repositoryId: "763287532", profile: github }
`;
const builtIn = async () => {
  const { body } = await house.http.get<{ items: { name: string; profile: object }[] }>('/v1/trust/roots');
  return body.items.map(({ name, profile }) => ({ name, profile }));
};

it('a bundle of a private repository on GitHub is accepted, and the age of the root is shown', async () => {
  const tenant = await createTenant(house, { hasKey: false, contract: CONTRACT });
  const { status, body } = await tenant.send(bundle);
  expect([status, body.verdict]).toEqual([200, 'accepted']);
  const { origin, asOf } = shipped().github;
  expect(JSON.stringify(body)).toContain(JSON.stringify({ name: 'github', origin, asOf }));
  expect(await builtIn()).toContainEqual({ name: 'github', profile: expect.objectContaining({ origin, asOf }) });
});

it('mirrors that are away are asked in the background, and harm nothing; who is told not to ask does not', async () => {
  await expect
    .poll(() => [...new Set(asked)].sort(), { timeout: 30_000 })
    .toEqual([
      '/on/github/10.root.json',
      '/on/github/timestamp.json',
      '/on/sigstore/17.root.json',
      '/on/sigstore/timestamp.json',
    ]);
  const logFile = house.workers[0]?.logFile ?? '';
  await expect.poll(() => readFileSync(logFile, 'utf8').match(/"code":"tuf\.unreachable"/g)?.length).toBe(2);
  expect((await house.http.get('/readyz')).status).toBe(200);
});

it('what was kept elsewhere is used where nobody may ask', async () => {
  const asOf = new Date().toISOString();
  mkdirSync(join(house.dataDir, 'tuf'), { recursive: true });
  const kept = { asOf, files: shipped().github.files, metadata: {} };
  writeFileSync(join(house.dataDir, 'tuf', 'github.json'), JSON.stringify(kept));
  expect(await builtIn()).toContainEqual({ name: 'github', profile: expect.objectContaining({ origin: 'tuf', asOf }) });
  const [first, second] = house.workers;
  await Promise.all([first?.stop(), second?.stop()]);
  await second?.start();
  const tenant = await createTenant(house, { hasKey: false, contract: CONTRACT });
  const { status, body } = await tenant.send(bundle);
  expect(status).toBe(200);
  expect(JSON.stringify(body)).toContain(JSON.stringify({ name: 'github', origin: 'tuf', asOf }));
  expect(asked.filter((path) => path.startsWith('/off'))).toEqual([]);
});
