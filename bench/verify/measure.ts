import { X509Certificate } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { startThreads, type Threads } from '../../activities/threads/pool.ts';
import { parseSubmission } from '../../attestation/verify/parse.ts';
import { builtInProfiles, publicGoodProfile } from '../../attestation/verify/profiles.ts';
import { shipped } from '../../attestation/verify/published.ts';
import { verifyStatements } from '../../attestation/verify/verify.ts';
import { closedLoop, takeTurns } from '../load.ts';
import { spreadOf } from '../stats.ts';
import { bundles, type Document, envelopes } from './documents.ts';
import { floorOf } from './floor.ts';

/** How one document verifies. Rates are per second of CPU, which is per core, in the best tenth of the rounds. */
export type Verified = {
  name: string;
  bytes: number;
  perCpuSecond: { crypto: number; naive?: number; ours: number };
  perSecond: number;
  toCrypto: number;
  toNaive?: number;
};
/** Verifications a second through the threads of a worker. */
export type Scaling = { name: string; one: number; two: number; ratio: number };
export type VerifyReport = { cores: number; documents: Verified[]; threads: Scaling[] };
export type VerifyPlan = { documentMs: number; threadsMs: number };

const ROUND_MS = 20;
const AT = new Date('2026-03-01T12:00:00Z');
const RULES = { project: 'bench', pipeline: 'plain', threshold: 1 };

/** Verifies in this process, and then through the pool that a worker has, with one thread and with two. */
export async function measureVerification(plan: VerifyPlan, say: (line: string) => void): Promise<VerifyReport> {
  const published = bundles(say);
  say('verification: warming up');
  const all = [...envelopes(), ...published];
  for (const document of all) warm(() => verifyOnce(document), document.key ? 1000 : 50);
  say('verification: one document after the other');
  const documents: Verified[] = [];
  for (const document of all) documents.push(await measureDocument(document, plan.documentMs));
  say('verification: one thread, two threads');
  const [, envelope] = envelopes();
  const threads: Scaling[] = [];
  for (const document of [envelope, published.at(-1)])
    if (document) threads.push(await measureThreads(document, plan.threadsMs));
  return { cores: availableParallelism(), documents, threads };
}

type Rate = { cpuUs: number; wallUs: number };

async function measureDocument(document: Document, budgetMs: number): Promise<Verified> {
  const { name, bytes, key } = document;
  const { crypto, naive } = floorOf(document, AUTHORITIES);
  const works = [crypto, () => verifyOnce(document), ...(naive ? [naive] : [])];
  for (const work of works) warm(work, key ? 500 : 20);
  const arms = works.map((work) => async () => round(work, ROUND_MS));
  const [least = [], ours = [], plain] = await takeTurns(arms, budgetMs);
  const rate = (rounds: readonly Rate[]) => 1e6 / spreadOf(rounds.map(({ cpuUs }) => cpuUs)).p10;
  const ratio = (rounds: readonly Rate[]) => rate(ours) / rate(rounds);
  return {
    name,
    bytes: bytes.byteLength,
    perCpuSecond: { crypto: rate(least), ours: rate(ours), ...(plain && { naive: rate(plain) }) },
    perSecond: 1e6 / spreadOf(ours.map(({ wallUs }) => wallUs)).p50,
    toCrypto: ratio(least),
    ...(plain && { toNaive: ratio(plain) }),
  };
}

const PROFILES = builtInProfiles();
const AUTHORITIES = publicGoodProfile().trustedRoot.certificateAuthorities.flatMap(
  ({ certChain }) => certChain?.certificates.map(({ rawBytes }) => new X509Certificate(rawBytes)) ?? [],
);

function verifyOnce({ name, bytes, key }: Document): void {
  const parsed = parseSubmission(bytes);
  if (!parsed.ok) throw new Error(`${name}: ${parsed.message}`);
  const trust = { keys: key ? [key] : [], profiles: PROFILES };
  const { statements } = verifyStatements(parsed.statements, trust, { ...RULES, at: AT });
  expectVerified(name, statements[0]?.result);
}

function expectVerified(name: string, result: string | undefined): void {
  if (result !== 'verified') throw new Error(`expected ${name} to verify, found ${result}`);
}

/** So often that the compiler is done with it: on a busy machine that is not a matter of time. */
function warm(work: () => void, times: number): void {
  for (let at = 0; at < times; at += 1) work();
}

/** Until the time is up; CPU is that of the whole process, its collector of garbage included. */
function round(work: () => void, ms: number): Rate {
  const cpu = process.cpuUsage();
  const since = performance.now();
  let count = 0;
  for (; count === 0 || performance.now() - since < ms; count += 1) work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuUs: (user + system) / count, wallUs: ((performance.now() - since) * 1000) / count };
}

async function measureThreads(document: Document, budgetMs: number): Promise<Scaling> {
  const sizes = [1, 2] as const;
  const pools = await Promise.all(sizes.map((size) => startThreads({ size })));
  try {
    const arms = pools.map((pool, at) => () => throughPool(pool, sizes[at] ?? 1, document));
    for (const arm of arms) await arm();
    const [one = [], two = []] = await takeTurns(arms, budgetMs);
    const ratio = spreadOf(two.map((rate, at) => rate / (one[at] ?? Number.NaN))).p50;
    return { name: document.name, one: spreadOf(one).p50, two: spreadOf(two).p50, ratio };
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
  }
}

/** As activities call it: one submission after the other is waiting for a thread. */
async function throughPool(pool: Threads, size: number, { name, bytes, key }: Document): Promise<number> {
  const trust = { keys: key ? [key] : [], roots: [], builtIn: shipped() };
  const task = { statements: [bytes], trust, rules: { ...RULES, at: AT.toISOString() }, sent: [] };
  const count = (key ? 200 : 20) * size;
  const since = performance.now();
  await closedLoop(count, 2 * size, async () => expectVerified(name, (await pool.verify(task)).statements[0]?.result));
  return (count * 1000) / (performance.now() - since);
}
