import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../attestation/ids.ts';
import { type HousekeepingOptions, keepHouse, START } from '../../bin/housekeeping.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { SYSTEM } from '../../db/verbs.ts';
import { createFileStore } from '../../store/files.ts';
import { createFileUpkeep } from '../../store/files-upkeep.ts';
import type { StoreUpkeep } from '../../store/upkeep.ts';
import { properties } from '../support/properties.ts';

const HOUR_MS = 3_600_000;
const PROJECTS = ['acme', 'beta'];
const CONTENTS = Array.from({ length: 8 }, (_, n) => Buffer.from(`content ${n}`));
const SHARES = [...new Set(CONTENTS.map((bytes) => Number.parseInt(sha256Hex(bytes).slice(0, 2), 16)))];

/** A file that housekeeping moves in this very moment is not there. */
function touch(path: string, time: Date): void {
  try {
    utimesSync(path, time, time);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

/** A database and a store of their own, a clock that is moved, and what must be there whatever happens. */
async function createWorld() {
  const dir = mkdtempSync(join(tmpdir(), 'waybill-house-'));
  const db = openSqliteDatabase({ path: ':memory:' });
  const store = createFileStore(dir);
  const time = { now: Date.now() };
  const at = () => new Date(time.now).toISOString();
  const who = () => ({ by: SYSTEM, at: at() });
  await db.contracts.put({ name: 'base', text: 'schemaVersion: v1\n', digest: 'd', ...who() });
  const pipelines = await Promise.all(
    PROJECTS.map(async (project) => {
      const put = await db.pipelines.put({ project, name: 'api', spec: { contract: 'base' }, ...who() });
      if (!put) throw new Error('the contract is there');
      return put.record;
    }),
  );
  /** Kept for good, and until when the others are. */
  const named = new Set<string>();
  const wantedUntil = new Map<string, number>();
  let submissions = 0;

  /** As the store does it, by this world's clock: what housekeeping sets aside between the two is touched there. */
  async function put(n: number) {
    const bytes = CONTENTS[n] ?? Buffer.alloc(0);
    const stored = await store.put(bytes, { maxBytes: 100 });
    const now = new Date(time.now);
    touch(join(dir, 'sha256', stored.sha256.slice(0, 2), stored.sha256), now);
    touch(join(dir, 'aside', stored.sha256), now);
    wantedUntil.set(stored.sha256, time.now + 24 * HOUR_MS);
    return stored;
  }

  return {
    db,
    store,
    time,
    close: () => {
      db.close();
      rmSync(dir, { recursive: true, force: true });
    },

    /** `PUT …/blobs/…`. */
    async send(n: number, project: string) {
      await db.blobs.record({ project, ...(await put(n)), at: at() });
    },
    /** Put, and then the request failed: no row was written. */
    orphan: put,
    /** An attestation with one content as its statement and others sent along. */
    async submit(statement: number, parts: readonly number[], of: number) {
      const pipeline = pipelines[of % pipelines.length];
      if (!pipeline) return;
      const sent = [];
      for (const n of parts) sent.push({ name: `part-${n}`, mediaType: 'text/plain', ...(await put(n)) });
      const { sha256, size } = await put(statement);
      await db.attestations.receive({
        id: `att_${submissions++}`,
        pipeline,
        statementDigest: sha256Hex(String(submissions)),
        statements: [{ sha256, size }],
        parts: sent,
        receivedBy: 'tok_ci',
        at: at(),
      });
      for (const digest of [sha256, ...sent.map((part) => part.sha256)]) named.add(digest);
    },
    /** Judging an attestation that names bytes sent before, where they are still there. */
    async judge(n: number, project: string) {
      const wanted = { sha256: sha256Hex(CONTENTS[n] ?? Buffer.alloc(0)) };
      const found = await db.blobs.claimEach(project, [wanted]);
      if (found.has(wanted)) named.add(wanted.sha256);
    },
    /** A turn in each share that holds anything; ends early, as a crash does, after so many steps. */
    async house(stepsUntilCrash: number) {
      let left = stepsUntilCrash;
      const step = () => {
        left -= 1;
        if (left < 0) throw new Error('crashed');
      };
      const options: HousekeepingOptions = {
        db: { leases: db.leases, upkeep: crashing(db.upkeep, step) },
        store: crashing<StoreUpkeep>(createFileUpkeep(dir), step),
        processId: 'p1',
        keepAttemptsMs: 90 * 24 * HOUR_MS,
        clock: () => new Date(time.now),
        log: { warn() {}, info() {} },
      };
      for (const share of SHARES) {
        await keepHouse(options, { ...START, share }).catch((error: unknown) => {
          if (!(error instanceof Error) || error.message !== 'crashed') throw error;
        });
      }
    },

    async expectKept() {
      for (const bytes of CONTENTS) {
        const sha256 = sha256Hex(bytes);
        if (named.has(sha256) || (wantedUntil.get(sha256) ?? 0) > time.now)
          expect(await store.read(sha256, 100).catch(() => 'lost')).toEqual(bytes);
      }
    },
    async expectGone() {
      for (const bytes of CONTENTS.filter((bytes) => !named.has(sha256Hex(bytes)))) {
        expect(await store.size(sha256Hex(bytes))).toBeUndefined();
        for (const project of PROJECTS)
          expect(await db.blobs.find(project, { sha256: sha256Hex(bytes) })).toBeUndefined();
      }
    },
  };
}
type World = Awaited<ReturnType<typeof createWorld>>;

/** Every call of it is a step after which the process may be gone. */
function crashing<T extends object>(of: T, step: () => void): T {
  return new Proxy(of, {
    get: (target, name) => {
      const verb = Reflect.get(target, name) as (...input: unknown[]) => Promise<unknown>;
      return async (...input: unknown[]) => {
        step();
        const answer = await verb(...input);
        step();
        return answer;
      };
    },
  });
}

const content = fc.nat({ max: CONTENTS.length - 1 });
const project = fc.constantFrom(...PROJECTS);
const steps = fc.oneof(fc.constant(10_000), fc.nat({ max: 60 }));
type Deed = { what: string; run(world: World): Promise<unknown> };
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.tuple(content, project).map(([n, of]) => ({ what: `send ${n} ${of}`, run: (world: World) => world.send(n, of) })),
  content.map((n) => ({ what: `orphan ${n}`, run: (world: World) => world.orphan(n) })),
  fc.tuple(content, fc.array(content, { maxLength: 3 }), fc.nat({ max: 1 })).map(([statement, parts, of]) => ({
    what: `submit ${statement} with ${parts.join()}`,
    run: (world: World) => world.submit(statement, [...new Set(parts)], of),
  })),
  fc
    .tuple(content, project)
    .map(([n, of]) => ({ what: `judge ${n} ${of}`, run: (world: World) => world.judge(n, of) })),
  fc.constantFrom(1, 5, 23, 25).map((hours) => ({
    what: `${hours} h pass`,
    run: async ({ time }: World) => {
      time.now += hours * HOUR_MS;
    },
  })),
  steps.map((until) => ({ what: `keep house, crash after ${until}`, run: (world: World) => world.house(until) })),
);

describe('housekeeping', () => {
  it('never removes what anything refers to, nor what was sent within a day; the rest goes in the end', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(deed, { minLength: 1, maxLength: 3 }), { maxLength: 25 }), async (story) => {
        const world = await createWorld();
        try {
          // What stands in one array happens at once: a sender or a judgement in the middle of housekeeping.
          for (const deeds of story) {
            await Promise.all(deeds.map(({ run }) => run(world)));
            await world.expectKept();
          }
          await decideAll(world);
          for (let round = 0; round < 3; round++) {
            world.time.now += 25 * HOUR_MS;
            await world.house(Number.POSITIVE_INFINITY);
            await world.expectKept();
          }
          await world.expectGone();
        } finally {
          world.close();
        }
      }),
      properties(10),
    );
  });

  it('leaves what was put since the oldest undecided judgement was asked for: a step of it may need that', async () => {
    const world = await createWorld();
    await world.submit(0, [], 0);
    await world.orphan(1);
    world.time.now += 72 * HOUR_MS;
    await world.house(Number.POSITIVE_INFINITY);
    await world.house(Number.POSITIVE_INFINITY);
    await expect(world.expectGone()).rejects.toThrow();
    await decideAll(world);
    for (let round = 0; round < 2; round++) {
      await world.house(Number.POSITIVE_INFINITY);
      world.time.now += 2 * HOUR_MS;
    }
    await world.expectGone();
    await world.expectKept();
    expect((await world.db.upkeep.sizes('1970-01-01T00:00:00.000Z')).removed).toEqual([{ what: 'files', count: 1 }]);
    world.close();
  });

  it('leaves what was sent within a day before a judgement that waits for days: it may name that still', async () => {
    const world = await createWorld();
    await world.send(1, 'acme');
    world.time.now += 20 * HOUR_MS;
    await world.submit(0, [], 0);
    for (let round = 0; round < 4; round++) {
      world.time.now += 25 * HOUR_MS;
      await world.house(Number.POSITIVE_INFINITY);
    }
    await world.judge(1, 'acme');
    await decideAll(world);
    for (let round = 0; round < 3; round++) {
      world.time.now += 25 * HOUR_MS;
      await world.house(Number.POSITIVE_INFINITY);
    }
    expect(await world.store.read(sha256Hex(CONTENTS[1] ?? ''), 100)).toEqual(CONTENTS[1]);
    world.close();
  });

  it('is done by one process at a time', async () => {
    const world = await createWorld();
    const options = {
      db: world.db,
      store: createFileUpkeep(mkdtempSync(join(tmpdir(), 'waybill-house-'))),
      keepAttemptsMs: HOUR_MS,
      clock: () => new Date(world.time.now),
      log: { warn() {}, info() {} },
    };
    await world.db.leases.take('housekeeping', 'another', HOUR_MS, new Date(world.time.now).toISOString());
    expect(await keepHouse({ ...options, processId: 'p1' }, START)).toBe(START);
    world.close();
  });
});

/** Every attestation has its verdict, so that nothing is kept for the sake of one on its way. */
async function decideAll({ db, time }: World): Promise<void> {
  const at = new Date(time.now + 1).toISOString();
  for (const { id, n } of await db.attestations.undecided(at, 1000)) {
    await db.attestations.pin(id, n, at);
    const nothing = { checks: [], verification: [], annotations: {}, subjects: [], materials: [], deliveries: [] };
    await db.attestations.conclude(id, n, { verdict: 'rejected', ...nothing, vsa: '{}' }, at);
  }
}
