import { readFileSync } from 'node:fs';
import { findTemporalCli, type TemporalCli } from '../temporal/cli-binary.ts';
import { createTemporalClient, loadTemporalConnection, plainTarget } from '../temporal/connect.ts';
import { type DevServer, startDevServer } from '../temporal/dev-server.ts';
import { choosePort } from '../temporal/ports.ts';
import { ensureNamespaceReady } from '../temporal/search-attributes.ts';
import { loadConfig } from './config.ts';
import { untilStopped } from './process.ts';
import { type Supervised, supervise } from './supervise.ts';

export type UpOptions = {
  data?: string;
  port?: number;
  temporalPort?: number;
  temporalUiPort?: number;
  temporalUi?: boolean;
};

/**
 * Brings everything up on one machine and keeps it up: a Temporal server (unless TEMPORAL_ADDRESS names one), the API
 * and a worker, each its own process. Ends them all when it is asked to stop; they end by themselves when it is killed.
 */
export async function runUp(options: UpOptions = {}): Promise<void> {
  const config = loadConfig(process.env, options);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const stopped = untilStopped();
  const port = await choosePort({ what: 'the API', asked: config.port, usual: config.port, log: say });
  const temporal = await bringUpTemporal(config.dataDir, options, say);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    WAYBILL_DATA_DIR: config.dataDir,
    WAYBILL_PORT: String(port),
    ...temporal.env,
  };
  const [api, worker] = await Promise.all([supervise('api', [], env, say), supervise('worker', [], env, say)]).catch(
    async (error: unknown) => {
      await temporal.stop();
      throw error;
    },
  );
  const url = String((api.firstReady as { url?: string }).url ?? '');

  process.send?.({ ready: true, url, temporalUi: temporal.uiUrl, pids: { api: api.pid(), worker: worker.pid() } });
  say('');
  say(`  console   ${url}/`);
  if (temporal.uiUrl) say(`  temporal  ${temporal.uiUrl}/`);
  say(`  token     ${config.adminTokenFile}`);
  say('');
  const why = await stopped;
  say(`stopping (${why})`);
  await Promise.all([api, worker].map((child: Supervised) => child.stop()));
  await temporal.stop();
}

type BroughtUp = { env?: Record<string, string>; uiUrl?: string | undefined; stop(): Promise<void> };

async function bringUpTemporal(dataDir: string, options: UpOptions, say: (line: string) => void): Promise<BroughtUp> {
  const named = loadTemporalConnection({ env: process.env });
  if (named) {
    say(`Temporal at ${named.address}, as the environment says`);
    return { uiUrl: process.env.WAYBILL_TEMPORAL_UI_URL, stop: async () => {} };
  }
  const cli = await findTemporalCli({ env: process.env, log: say });
  const server = await keepDevServer(cli, dataDir, options, say);
  const { address, uiUrl } = server.current();
  return {
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: 'default',
      ...(uiUrl ? { WAYBILL_TEMPORAL_UI_URL: uiUrl } : {}),
    },
    uiUrl,
    stop: server.stop,
  };
}

/** The dev server, started again on the same file and port when it ends by itself. */
async function keepDevServer(
  cli: TemporalCli,
  dataDir: string,
  options: UpOptions,
  say: (line: string) => void,
): Promise<{ current(): DevServer; stop(): Promise<void> }> {
  const start = async (ports: { port?: number; uiPort?: number | 'off' }) => {
    const server = await startDevServer({ cli, dataDir, log: say, ...ports });
    const client = await createTemporalClient(plainTarget(server.address), { identity: 'waybill-up' });
    await ensureNamespaceReady(client.connection, 'default', { retentionDays: 30, log: say }).finally(() =>
      client.connection.close(),
    );
    return server;
  };
  const uiPort = options.temporalUi === false ? ('off' as const) : options.temporalUiPort;
  let server = await start({
    ...(options.temporalPort === undefined ? {} : { port: options.temporalPort }),
    ...(uiPort === undefined ? {} : { uiPort }),
  });
  const ports = { port: server.port, uiPort: server.uiUrl ? Number(new URL(server.uiUrl).port) : ('off' as const) };
  let stopping = false;
  const keep = async () => {
    while (!stopping) {
      await server.exited;
      if (stopping) return;
      say(`the Temporal server ended by itself (its log: ${tail(server.logFile)}); starting it again on the same file`);
      server = await start(ports);
    }
  };
  const kept = keep().catch((error: unknown) =>
    say(`the Temporal server could not be started again: ${String(error)}`),
  );
  return {
    current: () => server,
    async stop() {
      stopping = true;
      await server.stop();
      await kept;
    },
  };
}

const tail = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)?.slice(0, 300) ?? 'empty';
  } catch {
    return 'not readable';
  }
};
