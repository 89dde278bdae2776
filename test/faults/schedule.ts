import type { Fault } from '../support/receivers/fault-proxy.ts';
import { between, createChance, oneOf } from './chance.ts';

/** The receivers of a run: what each of them is stands in `receivers.ts`. */
export const RECEIVERS = ['hook', 'hook-tls', 'chat', 'dtrack'] as const;
export type ReceiverName = (typeof RECEIVERS)[number];

export const KILLED = ['api', 'worker', 'temporal'] as const;
export type Killed = (typeof KILLED)[number];

/** kill -9 at a time since the traffic began, of one process of a kind, which is started again `downMs` later. */
export type Kill = { atMs: number; kind: Killed; which: number; downMs: number };

/** For a while, every call of a receiver meets the same. */
type Spell = { receiver: ReceiverName; kind: 'unauthorized' | 'tls'; fromMs: number; toMs: number };

/** One attestation, as a CI sends it. */
export type Submission = {
  n: number;
  atMs: number;
  pipeline: Pipeline;
  /** `patient` repeats until there is a verdict; `async` takes the 202; `leaves` takes the first 503; `twice` sends from two machines. */
  manner: 'patient' | 'async' | 'leaves' | 'twice';
  /** Signed, then changed: must never be accepted. */
  isForged: boolean;
};

/** `docs` sends no SBOM; those of `app` and `lib` overwrite each other at the receiver; each of `firmware` is its own. */
export const PIPELINES = ['app', 'lib', 'firmware', 'docs'] as const;
type Pipeline = (typeof PIPELINES)[number];

/** What goes wrong in a run, and when. `faultOf` says it of a receiver's `n`th call. */
export type Schedule = {
  kills: readonly Kill[];
  spells: readonly Spell[];
  submissions: readonly Submission[];
  faultOf(receiver: ReceiverName, n: number): Fault | undefined;
  /** Whether a receiver's `n`th handshake fails; asked of those that speak TLS. */
  failsHandshake(receiver: ReceiverName, n: number): boolean;
};

export type ScheduleOptions = {
  seed: number;
  /** How long attestations flow, ms. */
  durationMs: number;
  ratePerSecond: number;
  processes: Readonly<Record<Killed, number>>;
};

/** A pure function of its options: the same ones give the same schedule. What the system interleaves is not in it. */
export function planRun(options: ScheduleOptions): Schedule {
  const { seed } = options;
  return {
    kills: KILLED.flatMap((kind) => planKills(kind, options)).sort((a, b) => a.atMs - b.atMs),
    spells: SPELLS.flatMap((spell) => planSpells(spell, options)).sort((a, b) => a.fromMs - b.fromMs),
    submissions: planSubmissions(options),
    faultOf: (receiver, n) => drawFault(createChance(seed, 'fault', receiver, n), SHARE[receiver]),
    failsHandshake: (receiver, n) => createChance(seed, 'handshake', receiver, n)() < 0.04,
  };
}

const KILL_EVERY_MS: Record<Killed, number> = { api: 45_000, worker: 35_000, temporal: 60_000 };
const LONGEST_DOWN_MS = 20_000;

/** The time is cut into equal parts with a kill in the middle of each: at least one, however short the run. */
function planKills(kind: Killed, { seed, durationMs, processes }: ScheduleOptions): Kill[] {
  const count = Math.max(1, Math.round(durationMs / KILL_EVERY_MS[kind]));
  const part = durationMs / count;
  const chance = createChance(seed, 'kill', kind);
  return Array.from({ length: count }, (_, at) => ({
    atMs: Math.round(part * at) + between(chance, part * 0.2, part * 0.6),
    kind,
    which: Math.floor(chance() * processes[kind]),
    downMs: between(chance, 200, Math.min(LONGEST_DOWN_MS, part * 0.3)),
  }));
}

const SPELLS = [
  { receiver: 'hook', kind: 'unauthorized' },
  { receiver: 'dtrack', kind: 'unauthorized' },
  { receiver: 'hook-tls', kind: 'tls' },
] as const;
const SPELL_EVERY_MS = 200_000;
const LONGEST_SPELL_MS = 45_000;

function planSpells(spell: (typeof SPELLS)[number], { seed, durationMs }: ScheduleOptions): Spell[] {
  const count = Math.max(1, Math.round(durationMs / SPELL_EVERY_MS));
  const part = durationMs / count;
  const chance = createChance(seed, 'spell', spell.receiver, spell.kind);
  return Array.from({ length: count }, (_, at) => {
    const fromMs = Math.round(part * at) + between(chance, part * 0.1, part * 0.6);
    return { ...spell, fromMs, toMs: fromMs + Math.min(LONGEST_SPELL_MS, between(chance, part * 0.15, part * 0.3)) };
  });
}

function planSubmissions({ seed, durationMs, ratePerSecond }: ScheduleOptions): Submission[] {
  const count = Math.max(1, Math.floor((durationMs / 1000) * ratePerSecond));
  return Array.from({ length: count }, (_, n) => {
    const chance = createChance(seed, 'submission', n);
    return {
      n,
      atMs: Math.round((n * 1000) / ratePerSecond),
      pipeline:
        oneOf(chance, [
          [0.12, 'app'],
          [0.12, 'lib'],
          [0.3, 'firmware'],
        ] as const) ?? 'docs',
      manner:
        oneOf(chance, [
          [0.08, 'async'],
          [0.1, 'leaves'],
          [0.06, 'twice'],
        ] as const) ?? 'patient',
      isForged: chance() < 0.05,
    };
  });
}

/** Share of calls that go wrong. A delivery to Dependency-Track takes several calls, so fewer of each. */
const SHARE: Record<ReceiverName, number> = { hook: 0.35, 'hook-tls': 0.25, chat: 0.3, dtrack: 0.14 };

function drawFault(chance: () => number, share: number): Fault | undefined {
  if (chance() >= share) return undefined;
  const kind = chance();
  const some = chance();
  if (kind < 0.22) return { kind: 'delay', ms: Math.round(50 + some * 2500) };
  if (kind < 0.34) return { kind: 'status', status: 429, headers: { 'retry-after': String(Math.ceil(some * 3)) } };
  if (kind < 0.48) return { kind: 'status', status: 503, body: 'no healthy upstream' };
  if (kind < 0.58) return { kind: 'reset' };
  if (kind < 0.7) return { kind: 'reset-mid-body' };
  if (kind < 0.86) return { kind: 'lost-reply' };
  if (kind < 0.93) return { kind: 'echo', status: 500 };
  return { kind: 'hang' };
}
