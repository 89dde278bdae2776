import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { Pool } from 'undici';
import { startWaybill } from '../examples/demo/commands.ts';
import { findTemporalCli } from '../temporal/cli-binary.ts';
import { createTemporalClient, plainTarget } from '../temporal/connect.ts';
import { startDevServer } from '../temporal/dev-server.ts';
import { ensureNamespaceReady } from '../temporal/search-attributes.ts';
import { type Floor, startFloor } from './floor/floor.ts';
import { type Receivers, startReceivers } from './receivers.ts';
import { CONTRACT, createSigner, type Signer, type Submission } from './submissions.ts';

/** One Temporal server; on it Waybill as `waybill up` runs it, and what it is measured against. */
export type Installation = {
  dir: string;
  temporal: { cli: string; server: string };
  client: Client;
  url: URL;
  /** Of a CI: it may send to this project, and nothing else. */
  token: string;
  pids: { api: number; worker: number; temporal: number };
  floor: Floor;
  receivers: Receivers;
  signer: Signer;
  /** From the first command to where attestations can be sent. */
  readyMs: number;
  submit(pipeline: PipelineName, submission: Submission): Promise<Judged>;
  stop(): Promise<void>;
};
/** `plain` delivers nothing; `delivered` three times, each to a destination of its own. */
type PipelineName = 'plain' | 'delivered';
type Judged = { id: string; judgement: number; verdict: string };

export const PROJECT = 'bench';

/** Brings everything up under the project's own folder: a system's temporary folder is often no disk at all. */
export async function bringUp(say: (line: string) => void): Promise<Installation> {
  const home = resolve('.waybill');
  mkdirSync(home, { recursive: true });
  const dir = mkdtempSync(join(home, 'bench-'));
  const undo: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const cli = await findTemporalCli({ env: process.env, log: say });
    const server = await startDevServer({ cli, dataDir: dir, port: 0, uiPort: 'off', log: say });
    undo.push(() => server.stop());
    const client = await createTemporalClient(plainTarget(server.address), { identity: 'bench' });
    undo.push(() => client.connection.close());
    await ensureNamespaceReady(client.connection, 'default', { retentionDays: 1, log: say });

    const since = performance.now();
    const env = { ...process.env, TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: 'default', WAYBILL_TUF: 'off' };
    const up = startWaybill(['up', '--data', dir, '--port', '0'], env, () => {});
    undo.push(() => up.stop());
    const message = (await up.message) as { url: string; pids: { api: number; worker: number } };
    const readyMs = performance.now() - since;
    const floor = await startFloor(client, server.address, join(dir, 'cache'));
    undo.push(() => floor.stop());
    const receivers = await startReceivers(3);
    undo.push(() => receivers.close());
    const http = new Pool(message.url, { connections: 64 });
    undo.push(() => http.close());

    const signer = createSigner();
    const administer = sender(http, readFileSync(join(dir, 'admin-token'), 'utf8').trim());
    await putResources(administer, signer, receivers.urls);
    const token = await mintToken(administer);
    const send = sender(http, token);
    const submit = async (pipeline: PipelineName, { contentType, body }: Submission) => {
      const path = `/v1/pipelines/${PROJECT}/${pipeline}/attestations`;
      return (await send('POST', path, body, contentType)) as Judged;
    };
    const temporal = { cli: cli.version.cli, server: cli.version.server };
    const url = new URL(message.url);
    const pids = { ...message.pids, temporal: server.pid };
    return {
      dir,
      temporal,
      client,
      url,
      token,
      pids,
      floor,
      receivers,
      signer,
      readyMs,
      submit,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Send = (method: 'PUT' | 'POST', path: string, body: Buffer | string, contentType?: string) => Promise<unknown>;

const sender =
  (http: Pool, token: string): Send =>
  async (method, path, body, contentType = 'application/json') => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': contentType };
    const answer = await http.request({ method, path, body, headers });
    const text = await answer.body.text();
    if (answer.statusCode > 201)
      throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text.slice(0, 2000)}`);
    return JSON.parse(text);
  };

async function mintToken(administer: Send): Promise<string> {
  const wanted = { name: 'ci', role: 'submit', scope: [`${PROJECT}/*`] };
  return ((await administer('POST', '/v1/tokens', JSON.stringify(wanted))) as { token: string }).token;
}

async function putResources(send: Send, signer: Signer, receivers: readonly string[]): Promise<void> {
  const put = (path: string, body: object) => send('PUT', `/v1/${path}`, JSON.stringify(body));
  await put('trust/keys/bench', { algorithm: 'ecdsa-p256-sha256', publicKey: signer.publicPem, projects: [PROJECT] });
  await send('PUT', '/v1/contracts/bench', CONTRACT, 'application/yaml');
  for (const name of ['plain', 'delivered'] satisfies PipelineName[])
    await put(`pipelines/${PROJECT}/${name}`, { contract: 'bench' });
  for (const [at, url] of receivers.entries()) {
    await put(`destinations/receiver-${at}`, {
      integration: 'webhook',
      config: { url },
      secrets: { signingSecret: { value: `whsec_${randomBytes(32).toString('base64')}` } },
      allow: ['127.0.0.0/8'],
    });
    await put(`attachments/receiver-${at}`, { destination: `receiver-${at}`, pipelines: [`${PROJECT}/delivered`] });
  }
}
