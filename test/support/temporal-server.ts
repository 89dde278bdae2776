import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findTemporalCli, type TemporalCli } from '../../temporal/cli-binary.ts';
import { createTemporalClient, plainTarget } from '../../temporal/connect.ts';
import { type DevServer, startDevServer } from '../../temporal/dev-server.ts';
import { ensureNamespaceReady } from '../../temporal/search-attributes.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The suite's one real server: use queues and workflow ids of your own on it. */
    temporalAddress: string;
    temporalCli: TemporalCli;
  }
}

const log = (line: string) => process.stderr.write(`[temporal] ${line}\n`);
let cleanUp: (() => Promise<void>) | undefined;

/** Vitest's global set-up of the e2e project: one server for all files, its namespace ready. */
export async function setup(project: TestProject): Promise<void> {
  const cli = await findTemporalCli({ env: process.env, log });
  const dataDir = mkdtempSync(join(tmpdir(), 'waybill-e2e-'));
  const server = await startDevServer({ cli, dataDir, port: 0, uiPort: 'off', log });
  cleanUp = async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  await prepareNamespace(server.address);
  project.provide('temporalAddress', server.address);
  project.provide('temporalCli', cli);
}

export async function teardown(): Promise<void> {
  await cleanUp?.();
}

/** Search attributes and retention, as every process of ours does it at its start. */
export async function prepareNamespace(address: string): Promise<void> {
  const client = await createTemporalClient(plainTarget(address), { identity: 'test' });
  try {
    await ensureNamespaceReady(client.connection, 'default', { retentionDays: 30, log });
  } finally {
    await client.connection.close();
  }
}

/** A server of one test's own, on a database file, that may be killed and started again at the same address. */
export type PrivateServer = {
  address: string;
  dataDir: string;
  /** The server as it runs now; its `pid` changes with each start. */
  current(): DevServer;
  /** kill -9, resolved when it is gone. */
  kill(): Promise<void>;
  /** Starts again on the same database and port. */
  start(): Promise<void>;
  /** Stops it and removes its files. */
  dispose(): Promise<void>;
};

/** Starts one; pass `inject('temporalCli')`. Its namespace is ready. Dispose of it in the end. */
export async function startPrivateServer(cli: TemporalCli): Promise<PrivateServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'waybill-private-'));
  const startOn = (port: number) => startDevServer({ cli, dataDir, port, uiPort: 'off', log });
  let server = await startOn(0);
  const { address, port } = server;
  await prepareNamespace(address);
  return {
    address,
    dataDir,
    current: () => server,
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
    },
    async start() {
      server = await startOn(port);
    },
    async dispose() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
