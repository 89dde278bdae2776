import { parseArgs } from 'node:util';
import { type CheckReport, measureCheck } from './check/measure.ts';
import { printCheck } from './check/report.ts';
import {
  DELIVER_PARTS,
  type DeliverPart,
  type DeliverPlan,
  type DeliverReport,
  measureDeliver,
} from './deliver/measure.ts';
import { printDeliver } from './deliver/report.ts';
import { bringUp, type Installation } from './installation.ts';
import { type Breakdown, type Latency, measureLatency, measureSegments } from './latency.ts';
import { closedLoop } from './load.ts';
import { describeMachine, type Machine } from './machine.ts';
import { residentBytes } from './memory.ts';
import { DELIVER_PLANS, type Kind, PLANS, type Plan, SHORT_DELIVER } from './plans.ts';
import { printReport } from './report.ts';
import type { Spread } from './stats.ts';
import { timeSteps } from './steps.ts';
import { measureThroughput, type Throughput } from './throughput.ts';
import { type Upload, uploadBlob, uploadPart } from './upload.ts';
import { measureVerification, type VerifyReport } from './verify/measure.ts';
import { printVerification } from './verify/report.ts';

/** Everything that was measured. Milliseconds and bytes. */
export type Report = {
  machine: Machine;
  temporal: { cli: string; server: string };
  submission: { envelopeBytes: number; materialBytes: number };
  start: { readyMs: number; firstVerdictMs: number; secondVerdictMs: number };
  latency: Latency[];
  breakdown: { live: Breakdown; steps: Record<string, Spread> };
  throughput: Throughput;
  memory: { atRest: Memory; afterLoad: Memory };
  uploads: { blob: Upload; part?: Upload };
  verification: VerifyReport;
  check: CheckReport;
  deliver: DeliverReport;
  tookMs: number;
};
type Memory = { api: number | undefined; worker: number | undefined };

const LARGE_MIB = 1024;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
    only: { type: 'string' },
    held: { type: 'string' },
    replayed: { type: 'string' },
    rows: { type: 'string' },
  },
});
const USAGE = `npm run bench -- [verify|check] [--quick] [--json]
npm run bench -- deliver [--quick] [--json] [--only ${DELIVER_PARTS.join(',')}] [--held 10000] [--replayed 10000] [--rows 1000000]
See bench/README.md for how to read it.
`;
if (options.help) process.stdout.write(USAGE);
else if (positionals[0] === undefined) await run(options.quick ? 'quick' : 'full');
else await runAlone(positionals[0], PLANS[options.quick ? 'quick' : 'full']);

/** One part by itself. */
async function runAlone(part: string, plan: Plan): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const print = <T>(report: T, toText: (report: T) => string) =>
    process.stdout.write(`${options.json ? JSON.stringify(report, undefined, 2) : toText(report)}\n`);
  if (part === 'verify') print(await measureVerification(plan.verify, say), printVerification);
  else if (part === 'check') print(await measureCheck(plan.checkMs, say), printCheck);
  else if (part === 'deliver') print(await measureDeliver(deliverPlan(), say), printDeliver);
  else throw new Error(`expected verify, check or deliver, found ${part}`);
}

function deliverPlan(): DeliverPlan {
  const plan = DELIVER_PLANS[options.quick ? 'quick' : 'full'];
  const parts = options.only?.split(',') ?? DELIVER_PARTS;
  const isPart = (name: string): name is DeliverPart => DELIVER_PARTS.some((part) => part === name);
  const sizeOf = (flag: 'held' | 'replayed' | 'rows') => Math.max(1, Number(options[flag] ?? plan[flag]));
  return {
    ...plan,
    parts: parts.filter(isPart),
    held: sizeOf('held'),
    replayed: sizeOf('replayed'),
    rows: sizeOf('rows'),
  };
}

async function run(kind: Kind): Promise<void> {
  const since = performance.now();
  const say = (line: string) =>
    process.stderr.write(`[${((performance.now() - since) / 1000).toFixed(0)} s] ${line}\n`);
  say('bringing up a Temporal server, an API, a worker, and the floor beside them');
  const at = await bringUp(say);
  const stop = () => void at.stop().finally(() => process.exit(130));
  process.once('SIGINT', stop);
  let measured: Awaited<ReturnType<typeof measure>>;
  try {
    measured = await measure(at, PLANS[kind], kind, say);
  } finally {
    process.off('SIGINT', stop);
    await at.stop();
  }
  const report = { ...measured, deliver: await measureDeliver(SHORT_DELIVER, say), tookMs: performance.now() - since };
  process.stdout.write(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : printReport(report));
}

async function measure(
  at: Installation,
  plan: Plan,
  kind: Kind,
  say: (line: string) => void,
): Promise<Omit<Report, 'deliver' | 'tookMs'>> {
  const machine = describeMachine(at.dir);
  const memory = (): Memory => ({ api: residentBytes(at.pids.api), worker: residentBytes(at.pids.worker) });
  const atRest = memory();
  const submission = at.signer.next();
  const verdict = async () => (await closedLoop(1, 1, () => at.submit('plain', at.signer.next())))[0] ?? 0;
  const start = { readyMs: at.readyMs, firstVerdictMs: await verdict(), secondVerdictMs: await verdict() };

  say('warming up');
  await measureLatency(at, { inFlight: 4, perRound: 20, budgetMs: 2000 });
  say('latency, one after the other');
  const sequential = await measureLatency(at, { inFlight: 1, perRound: 10, budgetMs: plan.sequentialMs });
  say('latency, 16 in flight');
  const { perRound } = plan;
  const concurrent = await measureLatency(at, { inFlight: 16, perRound, budgetMs: plan.concurrentMs });
  say('where it goes: from histories');
  const live = await measureSegments(at, plan.samples);
  say('saturation, three deliveries each');
  const throughput = await measureThroughput(at, {
    inFlight: 32,
    perRound: plan.perLoad,
    budgetMs: plan.loadMs,
  });
  const afterLoad = memory();
  say(`upload of ${LARGE_MIB} MiB`);
  const blob = await uploadBlob(at, LARGE_MIB);
  const uploads = kind === 'quick' ? { blob } : { blob, part: await uploadPart(at, LARGE_MIB) };
  say('where it goes: the steps by themselves');
  const steps = await timeSteps(at.dir, plan.steps);
  say('verification by itself');
  const verification = await measureVerification(plan.verify, say);
  const { envelopeBytes, materialBytes } = submission;
  return {
    machine,
    temporal: at.temporal,
    submission: { envelopeBytes, materialBytes },
    start,
    latency: [sequential, concurrent],
    breakdown: { live, steps },
    throughput,
    memory: { atRest, afterLoad },
    uploads,
    verification,
    check: await measureCheck(plan.checkMs, say),
  };
}
