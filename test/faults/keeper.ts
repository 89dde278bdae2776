import { setTimeout as delay } from 'node:timers/promises';
import type { Installation } from '../support/installation.ts';
import type { WaybillProcess } from '../support/waybill-process.ts';
import { groupBy } from './group-by.ts';
import type { Kill, Killed } from './schedule.ts';

/** One kill as it happened. `backMs`: from the start of the new process until it was ready. */
export type KillRecord = { process: string; kind: Killed; at: string; backAt: string; backMs: number };
/** A process that ended although nobody killed it, and one that could not be started at the first try. */
export type Mishap = { process: string; at: string; what: string };

type Kept = { name: string; kind: Killed; isUp(): boolean; kill(): Promise<void>; start(): Promise<void> };

const LOOK_EVERY_MS = 100;
const AGAIN_AFTER_MS = 500;
const STARTS = 20;

/** Every process of an installation, as something that can be killed and started again. */
export function keptProcesses({ temporal, workers }: Installation, apis: readonly WaybillProcess[]): Kept[] {
  const ours = (kind: Killed) => (made: WaybillProcess, at: number) => ({
    name: `${kind}-${at + 1}`,
    kind,
    isUp: () => made.pid() !== undefined,
    kill: made.kill,
    start: () => made.start(),
  });
  let serverIsUp = true;
  const watch = () => void temporal.current().exited.then(() => (serverIsUp = false));
  watch();
  const server: Kept = {
    name: 'temporal',
    kind: 'temporal',
    isUp: () => serverIsUp,
    kill: temporal.kill,
    async start() {
      await temporal.start();
      serverIsUp = true;
      watch();
    },
  };
  return [...apis.map(ours('api')), ...workers.map(ours('worker')), server];
}

/**
 * Kills as the schedule says and starts again, as a supervisor does: what was killed after its time, what ended by
 * itself at once. After `stop` everything runs.
 */
export function keepProcesses(kept: readonly Kept[], kills: readonly Kill[], nowMs: () => number) {
  const killed: KillRecord[] = [];
  const mishaps: Mishap[] = [];
  const stopping = new AbortController();
  const say = (process: string, what: string) => void mishaps.push({ process, at: new Date().toISOString(), what });

  const startAgain = async ({ name, start, kill }: Kept) => {
    for (let tries = 1; tries <= STARTS; tries += 1) {
      try {
        return await start();
      } catch (error) {
        say(name, `did not start: ${String(error).slice(0, 300)}`);
        await kill().catch(() => {});
        await delay(AGAIN_AFTER_MS);
      }
    }
    throw new Error(`expected ${name} to start within ${STARTS} tries, it did not`);
  };
  const keep = async (one: Kept, own: Kill[]) => {
    while (!stopping.signal.aborted) {
      const [next] = own;
      if (!one.isUp()) {
        say(one.name, 'ended by itself');
        await startAgain(one);
      } else if (next && nowMs() >= next.atMs) {
        own.shift();
        const at = new Date().toISOString();
        await one.kill();
        await delay(next.downMs);
        const since = performance.now();
        await startAgain(one);
        const backMs = performance.now() - since;
        killed.push({ process: one.name, kind: one.kind, at, backAt: new Date().toISOString(), backMs });
      } else await delay(LOOK_EVERY_MS);
    }
  };
  const kinds = groupBy(kept, ({ kind }) => kind);
  const loops = [...kinds.values()].flatMap((same) =>
    same.map((one, which) =>
      keep(
        one,
        kills.filter((kill) => kill.kind === one.kind && kill.which === which),
      ),
    ),
  );
  const ended = Promise.all(loops);
  // Whoever stops the keeper hears of it.
  ended.catch(() => {});
  return {
    killed,
    mishaps,
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
    },
  };
}
