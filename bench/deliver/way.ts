import { rmSync } from 'node:fs';
import { EXPIRES_AFTER_MS } from '../../attestation/delivery/timing.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { type Spread, spreadOf } from '../stats.ts';
import { SEEDED_AT, type Shape, seedRows } from './rows.ts';

/** What an attempt that succeeds asks of the database, two durable writes: among many deliveries, and among few. */
export type Way = { many: Spread; few: Spread };

const FEW: Shape = { name: 'few', rows: 1000, open: 1000, openWithinHours: 24, broken: 0 };
const ATTEMPTS = 100;

export async function measureWay(path: string): Promise<Way> {
  const beside = `${path}-few`;
  await seedRows(beside, FEW);
  try {
    const many = await wayIn(path);
    return { many, few: await wayIn(beside) };
  } finally {
    for (const end of ['', '-wal', '-shm']) rmSync(`${beside}${end}`, { force: true });
  }
}

async function wayIn(path: string): Promise<Spread> {
  const db = openSqliteDatabase({ path });
  const at = SEEDED_AT.toISOString();
  try {
    const filter = { open: true, held: false, state: ['queued' as const] };
    const { items } = await db.deliveries.list(filter, { limit: ATTEMPTS }, at);
    const took: number[] = [];
    for (const { id } of items) {
      const since = performance.now();
      await db.deliveries.load(id);
      const begun = await db.deliveries.begin({
        id,
        at,
        phase: 'deliver',
        processId: 'bench',
        orderKey: null,
        expiresAfterMs: EXPIRES_AFTER_MS,
        attemptMs: 60_000,
      });
      if (begun.kind !== 'go') throw new Error(`expected an attempt of ${id}, found ${begun.kind}`);
      await db.deliveries.finish({
        id,
        at,
        attempt: begun.attempt,
        result: { outcome: 'delivered', evidence: { status: 204, latencyMs: 5 } },
        testHasEffects: true,
      });
      took.push(performance.now() - since);
    }
    return spreadOf(took);
  } finally {
    db.close();
  }
}
