import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { Pool } from 'undici';
import { startWaybill } from '../examples/demo/commands.ts';
import { findTemporalCli } from '../temporal/cli-binary.ts';
import { createTemporalClient, plainTarget } from '../temporal/connect.ts';
import { startDevServer } from '../temporal/dev-server.ts';
import { ensureNamespaceReady } from '../temporal/search-attributes.ts';

/** A Temporal server, and Waybill on it as `waybill up` runs it, with nothing in it yet. */
export type Site = {
  dir: string;
  /** Waybill's own, beside its processes. */
  database: string;
  temporal: { cli: string; server: string };
  address: string;
  client: Client;
  url: URL;
  pids: { api: number; worker: number; temporal: number };
  /** From the first command to where attestations can be sent. */
  readyMs: number;
  admin: Send;
  sender(token: string): Send;
  /** What `stop` ends before what it stands on. */
  onStop(step: () => unknown): void;
  stop(): Promise<void>;
};

export type Send = (
  method: 'GET' | 'PUT' | 'POST',
  path: string,
  body?: Buffer | string,
  contentType?: string,
  more?: Record<string, string>,
) => Promise<unknown>;

/** Brings it up under the project's own folder: a system's temporary folder is often no disk at all. */
export async function bringUpSite(say: (line: string) => void): Promise<Site> {
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
    const http = new Pool(message.url, { connections: 64 });
    undo.push(() => http.close());
    return {
      dir,
      database: join(dir, 'waybill.db'),
      temporal: { cli: cli.version.cli, server: cli.version.server },
      address: server.address,
      client,
      url: new URL(message.url),
      pids: { ...message.pids, temporal: server.pid },
      readyMs,
      admin: senderTo(http, readFileSync(join(dir, 'admin-token'), 'utf8').trim()),
      sender: (token) => senderTo(http, token),
      onStop: (step) => undo.push(step),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const senderTo =
  (http: Pool, token: string): Send =>
  async (method, path, body, contentType = 'application/json', more = {}) => {
    const type = body !== undefined && { 'content-type': contentType };
    const headers = { authorization: `Bearer ${token}`, ...type, ...more };
    const answer = await http.request({ method, path, headers, body: body ?? null });
    const text = await answer.body.text();
    if (answer.statusCode > 204)
      throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text.slice(0, 2000)}`);
    return text === '' ? undefined : JSON.parse(text);
  };
