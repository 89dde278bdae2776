import { setTimeout as delay } from 'node:timers/promises';
import { DefaultLogger, type NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { integrations } from '../activities/integrations/index.ts';
import { keepSealed } from '../activities/reseal.ts';
import { keepFresh } from '../activities/roots/keep-fresh.ts';
import { createMirrors } from '../activities/roots/mirrors.ts';
import { openBuiltInRoots } from '../activities/roots/roots.ts';
import { createOpenSecrets, stampsOfSecrets } from '../activities/secrets.ts';
import { startThreads } from '../activities/threads/pool.ts';
import { randomId } from '../attestation/ids.ts';
import { ATTESTATIONS_QUEUE, TESTS_QUEUE } from '../attestation/names.ts';
import { openSqliteDatabase } from '../db/sqlite.ts';
import { createFileStore } from '../store/files.ts';
import {
  connectWorker,
  createTemporalClient,
  loadTemporalConnection,
  plainTarget,
  type TemporalTarget,
} from '../temporal/connect.ts';
import { testDestination } from '../temporal/engine.ts';
import { startGates } from '../temporal/gates.ts';
import { ensureNamespaceReady } from '../temporal/search-attributes.ts';
import { warmUp } from '../temporal/warm-up.ts';
import { workflowBundle } from '../temporal/workflow-bundle.ts';
import { loadConfig } from './config.ts';
import { useVerdictKey } from './first-start.ts';
import { createLog, untilStopped } from './process.ts';
import { openSealingKeys, refuseMissingKeys } from './sealing-keys.ts';

const DEFAULT_ADDRESS = 'localhost:7233';
/** How long attempts that run may go on when the process is asked to stop. */
const GRACE_MS = 5000;

/** Runs a worker process until it is asked to stop: judgements, and the deliveries to every destination. */
export async function runWorker(options: { data?: string } = {}): Promise<void> {
  const config = loadConfig(process.env, options);
  const log = createLog('worker', config.logLevel);
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      if (message.startsWith('No workflows registered')) return;
      log[level === 'ERROR' ? 'error' : 'warn']({ ...meta, taskToken: undefined }, message);
    }),
    // What the native part says goes the same way: else it writes its own lines between ours.
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    shutdownSignals: [],
  });
  const stopped = untilStopped();
  const ending = new AbortController();
  const sealing = openSealingKeys(config.sealingKeyFile, (why) => log.warn({ why }, 'sealing keys stay as they were'));
  const db = openSqliteDatabase({ path: config.database });
  await refuseMissingKeys(db, sealing);
  const target = loadTemporalConnection({ env: process.env }) ?? plainTarget(DEFAULT_ADDRESS);
  const connection = await connectPatiently(target, log, stopped);
  if (!connection) return db.close();
  await ensureNamespaceReady(connection, target.namespace, { retentionDays: 30, log: (line) => log.warn(line) });
  const [bundle, threads, client] = await Promise.all([
    workflowBundle({ cacheDir: config.cacheDir }),
    startThreads(),
    createTemporalClient(target, { identity: `waybill-worker/${process.pid}` }),
  ]);
  const processId = randomId('proc');
  const roots = openBuiltInRoots({ dir: config.tuf.dir, clock: () => new Date(), log });
  const activities = createActivities({
    db,
    store: createFileStore(config.storeDir),
    integrations,
    openSecrets: createOpenSecrets({ env: process.env, secretsDir: config.secretsDir, sealingKey: sealing.find }),
    threads,
    builtIn: roots.current,
    processId,
    clock: () => new Date(),
    ending: ending.signal,
    random: Math.random,
    signVerdict: await useVerdictKey(db, config.verdictKeyFile, new Date().toISOString()),
    publicUrl: config.publicUrl ?? `http://${config.host}:${config.port}`,
    log,
  });
  const { namespace } = target;
  const judging = await Worker.create({
    connection,
    namespace,
    taskQueue: ATTESTATIONS_QUEUE,
    workflowBundle: bundle,
    activities,
    maxCachedWorkflows: 1000,
    stickyQueueScheduleToStartTimeout: '2s',
    maxConcurrentWorkflowTaskExecutions: 100,
    maxConcurrentLocalActivityExecutions: 100,
    shutdownGraceTime: '5s',
  });
  const testing = await Worker.create({
    connection,
    namespace,
    taskQueue: TESTS_QUEUE,
    activities: { testDestination: activities.testDestination, checkContract: activities.checkContract },
    // Tests wait for receivers that hang and need nothing else meanwhile; contracts are checked by threads, which are few.
    maxConcurrentActivityTaskExecutions: 100,
    shutdownGraceTime: '1s',
  });
  const running = Promise.all([judging.run(), testing.run()]);
  const gates = await startGates({
    db,
    connection,
    namespace,
    processId,
    activities: {
      deliver: activities.deliver,
      confirm: activities.confirm,
      deliverPage: activities.deliverPage,
    },
    concurrencyOf: (gate) => gate.spec.limits.concurrency ?? integrations[gate.integration]?.limits.concurrency ?? 4,
    secretStamps: async () => stampsOfSecrets(await db.destinations.all(), config.secretsDir),
    probeByTest: (destination) => void testDestination(client, destination, 60_000),
    clock: () => new Date(),
    log,
  });
  await Promise.race([warmUp(client, { identity: judging.options.identity }), running, stopped]);
  log.info({ address: target.address, namespace }, 'worker is ready');
  process.send?.({ ready: true });
  const sealed = keepSealed({ db, keys: sealing, clock: () => new Date(), log });
  const freshness = config.tuf.isOn ? keepFresh(roots, createMirrors(config.tuf.urls)) : undefined;

  const why = await Promise.race([stopped, running.then(() => 'a Temporal worker ended')]);
  log.info({ why }, 'stopping');
  setTimeout(() => ending.abort(), GRACE_MS).unref();
  await Promise.all([gates.stop(), sealed.stop(), freshness?.stop()]);
  for (const worker of [judging, testing]) if (worker.getState() === 'RUNNING') worker.shutdown();
  await running;
  await Promise.all([connection.close(), client.connection.close(), threads.close()]);
  db.close();
}

/** Waits for a Temporal that is away, however long; undefined when the process was asked to stop meanwhile. */
async function connectPatiently(
  target: TemporalTarget,
  log: ReturnType<typeof createLog>,
  stopped: Promise<string>,
): Promise<NativeConnection | undefined> {
  for (let wait = 250; ; wait = Math.min(wait * 2, 5000)) {
    try {
      return await connectWorker(target);
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.message : String(error) }, 'waiting for Temporal');
    }
    if ((await Promise.race([stopped, delay(wait)])) !== undefined) return undefined;
  }
}
