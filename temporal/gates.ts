import { setTimeout as delay } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import { gateLimit, turnOf } from '../attestation/delivery/gate.ts';
import type { Database } from '../db/database.ts';
import type { DestinationGate } from '../db/holds.ts';
import { createDestinationWorker, type DestinationWorker } from './destination-worker.ts';
import { Gate } from './gate.ts';
import { createSecretWatch, mayProbe } from './probe.ts';

const LOOK_EVERY_MS = 2000;
const ALIVE_WITHIN_MS = 15_000;

export type GatesOptions = {
  db: Database;
  connection: NativeConnection;
  namespace: string;
  processId: string;
  activities: object;
  concurrencyOf(destination: DestinationGate): number;
  /** Of every destination with secrets in files, by name: changes when they do. */
  secretStamps(): Promise<ReadonlyMap<string, string>>;
  /** Starts a destination's test, which heals it or sets the next probe. Does not wait for it. */
  probeByTest(destination: string): void;
  clock: () => Date;
  log: { warn(detail: object, message: string): void; info(detail: object, message: string): void };
};

export type Gates = { stop(): Promise<void> };

/**
 * Keeps one worker per destination behind its gate, and the gates after the rows: destinations come and go, holds are
 * put and lifted, probes are claimed and closed (PROTOCOLS C). Resolves once the first look has been taken.
 */
export async function startGates(options: GatesOptions): Promise<Gates> {
  const { db, processId, clock, log } = options;
  const workers = new Map<string, DestinationWorker>();
  /** Those that were replaced and finish what they run; nobody waits for them but the end. */
  const leaving = new Set<Promise<void>>();
  const watchSecrets = createSecretWatch(db, options.secretStamps);
  const stopping = new AbortController();

  const look = async () => {
    const at = clock().toISOString();
    await db.processes.heartbeat({ id: processId, kind: 'worker', at });
    const since = new Date(clock().getTime() - ALIVE_WITHIN_MS).toISOString();
    const [gates, live] = await Promise.all([db.holds.gates(), db.processes.live('worker', since)]);
    const broken = gates.filter(({ holds }) => holds.some(({ kind }) => kind === 'broken'));
    await watchSecrets(
      broken.map(({ name }) => name),
      at,
    );
    for (const name of workers.keys()) if (!gates.some((gate) => gate.name === name)) leave(name);
    for (const destination of gates) {
      await follow(destination, live, at).catch((error: unknown) =>
        log.warn({ destination: destination.name, error: String(error) }, 'its gate could not be brought up to date'),
      );
    }
  };

  const leave = (name: string) => {
    const stopped = workers.get(name)?.stop();
    workers.delete(name);
    if (!stopped) return;
    leaving.add(stopped);
    void stopped.finally(() => leaving.delete(stopped));
  };

  const follow = async (destination: DestinationGate, live: readonly string[], at: string) => {
    const worker = await currentWorker(destination);
    const held = {
      operator: destination.holds.some((hold) => hold.kind === 'operator'),
      broken: destination.holds.some((hold) => hold.kind === 'broken'),
    };
    const probing = held.broken && !held.operator && (await mayProbe(options, destination, at));
    worker.gate.setLimit(
      gateLimit({
        held,
        probing,
        liveWorkers: live.length,
        turn: turnOf(destination.name, processId, live),
        concurrency: options.concurrencyOf(destination),
        limit: worker.gate.current,
      }),
    );
  };

  const currentWorker = async (destination: DestinationGate): Promise<DestinationWorker> => {
    const worker = workers.get(destination.name);
    if (worker && worker.rate === destination.spec.limits.ratePerSecond) return worker;
    // The queue rate is fixed when a worker is made. Its successor has the same gate, so that both together keep the limit.
    leave(destination.name);
    return open(destination, worker?.gate ?? new Gate());
  };

  const open = async (destination: DestinationGate, gate: Gate) => {
    const worker = await createDestinationWorker({
      ...options,
      destination: destination.name,
      gate,
      rate: destination.spec.limits.ratePerSecond,
    });
    workers.set(destination.name, worker);
    worker.ended.catch((error: unknown) => {
      if (workers.get(destination.name) === worker) workers.delete(destination.name);
      log.warn({ destination: destination.name, error: String(error) }, 'its worker ended and is started again');
    });
    return worker;
  };

  const lookSafely = () =>
    look().catch((error: unknown) => log.warn({ error: String(error) }, 'the gates could not be brought up to date'));
  await lookSafely();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await delay(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
      if (!stopping.signal.aborted) await lookSafely();
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
      await Promise.all([...[...workers.values()].map((worker) => worker.stop()), ...leaving]);
      await db.processes.gone(processId).catch(() => {});
    },
  };
}
