import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { TemporalCli } from '../../temporal/cli-binary.ts';
import { createTemporalClient, plainTarget } from '../../temporal/connect.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { type PrivateServer, startPrivateServer } from './temporal-server.ts';
import { createWaybillProcess, type WaybillProcess } from './waybill-process.ts';

/** A whole Waybill of one test file: a Temporal server, an API and workers, each a real process that may be killed. */
export type Installation = {
  dataDir: string;
  temporal: PrivateServer;
  /** Started again, it listens on the same port. */
  api: WaybillProcess;
  workers: WaybillProcess[];
  /** The administrator's token. */
  token: string;
  /** Speaks to the API as the administrator. */
  http: HttpClient;
  /** Looks at Temporal as an operator would; survives a restart of the server. */
  client: Client;
  /** Starts one more API beside the first, on a port of its own. */
  addApi(): Promise<WaybillProcess>;
  /** Starts one more worker; `env` on top of what all have. */
  addWorker(env?: Record<string, string>): Promise<WaybillProcess>;
  logFiles(): string[];
  /** Ends every process and removes every file; with WAYBILL_TEST_KEEP set, files stay and their folder is printed. */
  dispose(): Promise<void>;
};

/** Bundling takes seconds; every installation of a machine shares what was bundled. */
const BUNDLES = join(tmpdir(), 'waybill-test-bundles');

/** Starts one; pass `inject('temporalCli')`. What had started is ended when something does not. Dispose of it in the end. */
export async function startInstallation(
  cli: TemporalCli,
  { workers: wanted = 1, env: extra = {} }: { workers?: number; env?: Record<string, string> } = {},
): Promise<Installation> {
  const dataDir = mkdtempSync(join(tmpdir(), 'waybill-house-'));
  mkdirSync(BUNDLES, { recursive: true });
  symlinkSync(BUNDLES, join(dataDir, 'cache'));
  const keeps = Boolean(process.env.WAYBILL_TEST_KEEP);
  const undo: (() => unknown)[] = [
    () => (keeps ? console.info(`kept ${dataDir}`) : rmSync(dataDir, { recursive: true, force: true })),
  ];
  const dispose = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const temporal = await startPrivateServer(cli);
    undo.push(() => {
      if (keeps) cpSync(temporal.dataDir, join(dataDir, 'temporal'), { recursive: true });
      return temporal.dispose();
    });
    const env = { ...ownEnvironment(), ...extra, TEMPORAL_ADDRESS: temporal.address, WAYBILL_DATA_DIR: dataDir };
    const create = (command: 'api' | 'worker', name: string, more: Record<string, string> = {}) => {
      const made = createWaybillProcess(command, { ...env, ...more }, join(dataDir, `${name}.log`));
      undo.push(() => made.stop());
      return made;
    };
    const api = onOnePort(create('api', 'api'));
    const apis = [api];
    const addApi = async () => {
      const more = onOnePort(create('api', `api-${apis.length + 1}`));
      apis.push(more);
      await more.start();
      return more;
    };
    const workers: WaybillProcess[] = [];
    const addWorker = async (more: Record<string, string> = {}) => {
      const worker = create('worker', `worker-${workers.length + 1}`, more);
      workers.push(worker);
      await worker.start();
      return worker;
    };
    const client = await createTemporalClient(plainTarget(temporal.address), { identity: 'test' });
    undo.push(() => client.connection.close());
    await Promise.all([api.start(), ...Array.from({ length: wanted }, () => addWorker())]);
    const token = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim();
    const http = createHttpClient(() => api.said().url ?? '', token);
    const logFiles = () => [...apis, ...workers].map(({ logFile }) => logFile);
    return { dataDir, temporal, api, workers, token, http, client, addApi, addWorker, logFiles, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The first start takes any free port; links that were given out stay true after the next. */
function onOnePort(api: WaybillProcess): WaybillProcess {
  const port = () => new URL(api.said().url ?? 'http://127.0.0.1:0').port || '0';
  return { ...api, start: () => api.start(['--port', port()]) };
}

/** Without what would lead our processes to somebody else's server or data. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const given = Object.entries(process.env).filter(([name]) => !/^(TEMPORAL|WAYBILL|VITEST|NODE_OPTIONS)/.test(name));
  return { ...Object.fromEntries(given), WAYBILL_LOG_LEVEL: 'debug', WAYBILL_TUF: 'off' };
}
