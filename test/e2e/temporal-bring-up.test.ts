import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as netConnect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../attestation/names.ts';
import { connectWorker, createTemporalClient, plainTarget } from '../../temporal/connect.ts';
import { type DevServer, startDevServer } from '../../temporal/dev-server.ts';
import { identifyProcess, isRunning } from '../../temporal/process-identity.ts';
import { ensureNamespaceReady } from '../../temporal/search-attributes.ts';
import { startPrivateServer } from '../support/temporal-server.ts';

const cli = inject('temporalCli');
let dataDir: string;
let cleanUps: (() => Promise<unknown>)[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'waybill-bring-up-'));
  cleanUps = [];
});
afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  rmSync(dataDir, { recursive: true, force: true });
});

const start = async (options: Partial<Parameters<typeof startDevServer>[0]> = {}): Promise<DevServer> => {
  const server = await startDevServer({ cli, dataDir, port: 0, uiPort: 'off', log: () => undefined, ...options });
  cleanUps.push(() => server.stop());
  return server;
};
const connect = async (address: string): Promise<Client> => {
  const client = await createTemporalClient(plainTarget(address), { identity: 'test' });
  cleanUps.push(() => client.connection.close());
  return client;
};
const ready = (client: Client, retentionDays = 30, lines: string[] = []) =>
  ensureNamespaceReady(client.connection, 'default', { retentionDays, log: (line) => lines.push(line) });
const listAttributes = async ({ connection }: Client) =>
  (await connection.operatorService.listSearchAttributes({ namespace: 'default' })).customAttributes ?? {};
const retentionDays = async ({ workflowService }: Client) => {
  const { config } = await workflowService.describeNamespace({ namespace: 'default' });
  return tsToMs(config?.workflowExecutionRetentionTtl) / 86_400_000;
};

describe('the dev server', () => {
  it('serves on the loopback interface only, with a UI, in the namespace asked for', async () => {
    const server = await start({ uiPort: 0, namespace: 'acme' });
    expect(server.address).toBe(`127.0.0.1:${server.port}`);
    expect(server.dbFile).toBe(join(dataDir, `temporal-${cli.version.server}.db`));
    const client = await connect(server.address);
    const { namespaceInfo } = await client.workflowService.describeNamespace({ namespace: 'acme' });
    expect(namespaceInfo?.name).toBe('acme');
    expect((await fetch(`${server.uiUrl}`)).status).toBe(200);
    const uiPort = Number(new URL(`${server.uiUrl}`).port);
    const outside = Object.values(networkInterfaces()).flatMap((all = []) => all.filter(({ internal }) => !internal));
    for (const { address } of outside.filter(({ family }) => family === 'IPv4')) {
      for (const port of [server.port, uiPort]) {
        await expect(once(netConnect(port, address), 'connect')).rejects.toThrow('ECONNREFUSED');
      }
    }
  });

  it('ends on stop with SIGTERM, frees its lock, and may be stopped again', async () => {
    const server = await start();
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(`${server.dbFile}.lock`)).toBe(false);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it('refuses a port that was asked for and is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => new Promise((resolve) => other.close(resolve)));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(start({ port })).rejects.toThrow(`expected port ${port} to be free for Temporal's dev server`);
    await expect(start({ uiPort: port })).rejects.toThrow(`expected port ${port} to be free for Temporal's web UI`);
    await start();
  });

  it('refuses a database that another one serves, and names who holds it', async () => {
    const server = await start();
    await expect(start()).rejects.toThrow(`${server.dbFile} is in use by process ${process.pid}`);
    await server.stop();
    await start();
  });

  it('keeps workflows, search attributes and retention over kill -9 and a start on the same file', async () => {
    const server = await startPrivateServer(cli);
    cleanUps.push(() => server.dispose());
    const client = await connect(server.address);
    await client.workflow.start('nobody-runs-this', { workflowId: 'survivor', taskQueue: 'none' });
    const before = server.current().pid;
    await server.kill();
    expect(await server.current().exited).toEqual({ code: null, signal: 'SIGKILL' });
    await server.start();
    expect(server.current().pid).not.toBe(before);
    // The client from before the kill reconnects by itself.
    await expect.poll(() => ask(client), { timeout: 20_000 }).toBe('RUNNING');
    expect(await listAttributes(client)).toMatchObject({ AttDelivery: 7 });
    expect(await retentionDays(client)).toBe(30);
  });

  it('ends when its starter is killed, and a new start waits for that', async () => {
    const script = join(dataDir, 'starter.ts');
    const module = join(import.meta.dirname, '../../temporal/dev-server.ts');
    const options = `{ cli: ${JSON.stringify(cli)}, dataDir: ${JSON.stringify(dataDir)}, port: 0, uiPort: 'off', log() {} }`;
    writeFileSync(
      script,
      `import { startDevServer } from ${JSON.stringify(module)};
       process.stdout.write(String((await startDevServer(${options})).pid));`,
    );
    const starter = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed] = (await once(starter.stdout, 'data')) as [Buffer];
    const orphan = identifyProcess(Number(printed.toString()));
    if (!orphan) throw new Error(`expected the server to run under pid ${printed}`);
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    const lines: string[] = [];
    const server = await start({ log: (line) => lines.push(line) });
    expect(isRunning(orphan)).toBe(false);
    expect(server.pid).not.toBe(orphan.pid);
    expect(lines).toContain(`waiting for the Temporal server of an earlier run to end (pid ${orphan.pid})`);
  });
});

describe('the namespace', () => {
  it('gets our search attributes and 30 days of retention, however often and by however many at once', async () => {
    const client = await connect((await start()).address);
    expect(await retentionDays(client)).toBe(1);
    const lines: string[] = [];
    await Promise.all([ready(client, 30, lines), ready(client, 30, lines), ready(client, 30, lines)]);
    await ready(client, 30, lines);
    expect(Object.keys(await listAttributes(client))).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
    expect(await retentionDays(client)).toBe(30);
    expect(lines).toEqual([]);
  });

  it('keeps a longer retention than ours', async () => {
    const client = await connect((await start()).address);
    await ready(client, 60);
    await ready(client, 30);
    expect(await retentionDays(client)).toBe(60);
  });

  it('is refused when it has one of our search attributes with another type', async () => {
    const client = await connect((await start()).address);
    const INT = 3;
    const wrong = { namespace: 'default', searchAttributes: { AttState: INT } };
    await client.connection.operatorService.addSearchAttributes(wrong);
    await expect(ready(client)).rejects.toThrow('AttState: expected KEYWORD, found INT');
    expect(Object.keys(await listAttributes(client))).not.toContain('AttVerdict');
  });

  it('is refused when there is no room for our list, with the command for an administrator', async () => {
    const client = await connect((await start()).address);
    const KEYWORD_LIST = 7;
    // A server on SQLite has three places for lists, and presets may use some of them.
    for (const name of ['A', 'B', 'C']) {
      const searchAttributes = { [name]: KEYWORD_LIST };
      await client.connection.operatorService
        .addSearchAttributes({ namespace: 'default', searchAttributes })
        .catch(() => undefined);
    }
    await expect(ready(client)).rejects.toThrow('--name AttDelivery --type KeywordList');
  });

  it('is named when it does not exist', async () => {
    const client = await connect((await start()).address);
    const missing = ensureNamespaceReady(client.connection, 'acme', { retentionDays: 30, log: () => undefined });
    await expect(missing).rejects.toThrow('expected namespace acme on the Temporal server, found none');
  });
});

describe('connecting', () => {
  it('works for workers as for clients', async () => {
    const connection = await connectWorker(plainTarget(inject('temporalAddress')));
    cleanUps.push(() => connection.close());
    await ensureNamespaceReady(connection, 'default', { retentionDays: 30, log: () => undefined });
  });

  it('says what it expected where nobody listens', async () => {
    const server = await start();
    await server.stop();
    const gone = plainTarget(server.address);
    const message = `expected a Temporal server at ${server.address} (namespace default, TLS off), could not reach it`;
    const [client, worker] = await Promise.allSettled([
      createTemporalClient(gone, { identity: 'test', withinMs: 1000 }),
      connectWorker(gone, { withinMs: 1000 }),
    ]);
    expect(client).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining(message) } });
    expect(worker).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining(message) } });
  });
});

const ask = (client: Client): Promise<string> =>
  client
    .withDeadline(Date.now() + 1000, () => client.workflow.getHandle('survivor').describe())
    .then(({ status }) => status.name)
    .catch((error: Error) => error.message);
