import { Counter, Gauge, type Registry } from 'prom-client';
import type { Database } from '../db/database.ts';

/** Every share of the store is looked at about once an hour: one that was not for two days is not known. */
const KNOWN_FOR_MS = 2 * 86_400_000;

/** How much there is, and how much housekeeping has removed; answers what reads them anew. */
export function createUpkeepMetrics(
  { upkeep }: Pick<Database, 'upkeep'>,
  registers: Registry[],
): (at: Date) => Promise<void> {
  const removed = new Counter({
    name: 'waybill_removed_total',
    help: 'What housekeeping has removed since the beginning: attempts, answers, inspections, rows of blobs, files.',
    labelNames: ['what'] as const,
    registers,
  });
  const database = new Gauge({
    name: 'waybill_database_bytes',
    help: 'Size of the database, without what waits in its write-ahead log.',
    registers,
  });
  const storeBytes = new Gauge({
    name: 'waybill_store_bytes',
    help: 'Size of the content store, as housekeeping last saw it; a walk over all of it takes about an hour.',
    registers,
  });
  const storeFiles = new Gauge({
    name: 'waybill_store_files',
    help: 'Files of the content store, as housekeeping last saw it.',
    registers,
  });
  return async (at) => {
    const sizes = await upkeep.sizes(new Date(at.getTime() - KNOWN_FOR_MS).toISOString());
    database.set(sizes.databaseBytes);
    storeBytes.set(sizes.store.bytes);
    storeFiles.set(sizes.store.files);
    removed.reset();
    for (const what of REMOVABLE) removed.inc({ what }, 0);
    for (const { what, count } of sizes.removed) removed.inc({ what }, count);
  };
}

const REMOVABLE = ['attempts', 'answers', 'blobs', 'files', 'inspections'] as const;
