import { attach, putWebhook } from '../installation.ts';
import { arrived, HELD, quiet, type Stage } from './stage.ts';
import { type Cpu, cpuOf, cpuSince } from './throughput.ts';

/** One way to deliver many again. */
export type Way = { count: number; perSecond: number; cpu: Cpu };
/** `lanes`: the replay as it is. Beside it an activity for every delivery, many a workflow and a workflow each. */
export type Replayed = { foreseeMs: number; lanes: Way; activities: Way; workflows: Way };

const LATE = 'late';
/** Deliveries of one workflow, all of them at once in its hands. */
const A_WORKFLOW = 100;
/** Enough to tell a rate. */
const MOST_ACTIVITIES = 10_000;
const MOST_WORKFLOWS = 2000;
const WITHIN_MS = 3_600_000;

/** A destination that is attached after so many attestations came, and a replay of them; then the same by activities. */
export async function measureReplay(
  at: Stage,
  { count, inFlight, say }: { count: number; inFlight: number; say: (line: string) => void },
): Promise<Replayed> {
  const since = new Date().toISOString();
  await at.rows.queue(count, []);
  await putWebhook(at.admin, LATE, at.held.urls[0] ?? '');
  await attach(at.admin, LATE, 'four');
  const ask = (more: object) => {
    const body = JSON.stringify({ destination: LATE, mode: 'missing', since, ...more });
    return at.admin('POST', '/v1/replays', body, 'application/json', { prefer: 'wait=120' });
  };
  const asked = performance.now();
  const foreseen = (await ask({ dryRun: true })) as { count: number; throughSeq: number };
  const foreseeMs = performance.now() - asked;
  if (foreseen.count !== count) throw new Error(`expected ${count} deliveries to replay, found ${foreseen.count}`);
  const lanes = await way(at, count, () => ask({ expectAtMost: count, throughSeq: foreseen.throughSeq }));

  say(`  took ${(count / lanes.perSecond).toFixed(0)} s; the same by an activity each`);
  const whole = Math.max(1, Math.round(Math.min(count, MOST_ACTIVITIES) / A_WORKFLOW));
  const many = await at.rows.queue(whole, Array<string>(A_WORKFLOW).fill(HELD));
  const activities = await way(at, whole * A_WORKFLOW, () => at.carry(many, inFlight));
  say(`  took ${(activities.count / activities.perSecond).toFixed(0)} s; the same by a workflow each`);
  const each = await at.rows.queue(Math.min(count, MOST_WORKFLOWS), [HELD]);
  const workflows = await way(at, each.length, () => at.carry(each, inFlight));
  return { foreseeMs, lanes, activities, workflows };
}

async function way(at: Stage, count: number, begin: () => Promise<unknown>): Promise<Way> {
  const { temporal, worker } = at.pids;
  await quiet(at);
  const wanted = at.held.received() + count;
  const before = cpuOf(temporal, worker);
  const since = performance.now();
  await begin();
  await arrived(at.held, wanted, WITHIN_MS);
  const perSecond = (count * 1000) / (performance.now() - since);
  return { count, perSecond, cpu: cpuSince(before, count, temporal, worker) };
}
