import { integrations } from '../activities/integrations/index.ts';
import { createBuiltInReader } from '../activities/roots/kept.ts';
import { createApi } from '../api/app.ts';
import { DEFAULT_CONFIG } from '../api/deps.ts';
import { createPage } from '../api/page/page.ts';
import { serveApi } from '../api/serve.ts';
import { sealSecret } from '../attestation/delivery/seal.ts';
import { randomId } from '../attestation/ids.ts';
import { openSqliteDatabase } from '../db/sqlite.ts';
import { createFileStore } from '../store/files.ts';
import { createFileUpkeep } from '../store/files-upkeep.ts';
import { lazyTemporalClient, loadTemporalConnection, plainTarget } from '../temporal/connect.ts';
import { createEngine } from '../temporal/engine.ts';
import { startSweeper } from '../temporal/sweeper.ts';
import { loadConfig } from './config.ts';
import { ensureAdminToken } from './first-start.ts';
import { startHousekeeping } from './housekeeping.ts';
import { createLog, untilStopped } from './process.ts';
import { openSealingKeys, refuseMissingKeys } from './sealing-keys.ts';

const DEFAULT_ADDRESS = 'localhost:7233';

/** Runs an API process until it is asked to stop. It serves without Temporal too: what it receives is on record. */
export async function runApi(options: { data?: string; host?: string; port?: number } = {}): Promise<void> {
  const config = loadConfig(process.env, options);
  const log = createLog('api', config.logLevel);
  const stopped = untilStopped();
  const clock = () => new Date();
  const sealing = openSealingKeys(config.sealingKeyFile, (why) => log.warn({ why }, 'sealing keys stay as they were'));
  const db = openSqliteDatabase({ path: config.database });
  await refuseMissingKeys(db, sealing);
  await ensureAdminToken(db, config.adminTokenFile, clock().toISOString());
  const target = loadTemporalConnection({ env: process.env }) ?? plainTarget(DEFAULT_ADDRESS);
  const client = lazyTemporalClient(target, { identity: `waybill-api/${process.pid}` });
  const engine = createEngine({ client, uiUrl: config.temporalUiUrl, log });
  const processId = randomId('proc');
  const shared = { db, engine, clock, log, integrations };
  const app = createApi({
    ...shared,
    store: createFileStore(config.storeDir),
    config: {
      ...DEFAULT_CONFIG,
      publicUrl: config.publicUrl,
      verdictWaitMs: config.waitMs,
      limits: { ...DEFAULT_CONFIG.limits, ...config.limits },
    },
    builtIn: createBuiltInReader(config.tuf.dir),
    seal: (plaintext) => {
      const { id, key } = sealing.current();
      return sealSecret(key, id, plaintext);
    },
    page: createPage({ ...shared, config: { publicUrl: config.publicUrl } }),
  });
  const server = await serveApi(app, { host: config.host, port: config.port });
  const sweeper = startSweeper({ db, client, processId, clock, log });
  const upkeep = createFileUpkeep(config.storeDir);
  const { keepAttemptsMs } = config;
  const housekeeping = startHousekeeping({ db, store: upkeep, processId, keepAttemptsMs, clock, log });
  // Connects now rather than within somebody's first submission.
  void engine.reachable();
  log.info({ url: server.url, temporal: target.address }, 'API is ready');
  process.send?.({ ready: true, url: server.url });

  log.info({ why: await stopped }, 'stopping');
  await server.close();
  await Promise.all([sweeper.stop(), housekeeping.stop()]);
  await client.connection.close();
  db.close();
}
