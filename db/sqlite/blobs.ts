import { and, eq, sql } from 'drizzle-orm';
import type { Blobs } from '../blobs.ts';
import { blobs, inspections } from '../schema.ts';
import type { BlobRows } from './blob-rows.ts';
import type { Connection } from './connection.ts';

type Digests = Parameters<Blobs['find']>[1];

export function blobVerbs({ db, read, write }: Connection, rows: BlobRows): Blobs {
  const found = { sha256: blobs.sha256, sha512: blobs.sha512, size: blobs.size, unclaimedSince: blobs.unclaimedSince };
  const inspection = db
    .select({ result: inspections.result })
    .from(inspections)
    .where(
      and(
        eq(inspections.sha256, sql.placeholder('sha256')),
        eq(inspections.type, sql.placeholder('type')),
        eq(inspections.validator, sql.placeholder('validator')),
      ),
    )
    .prepare();
  const inProject = eq(blobs.project, sql.placeholder('project'));
  const bySha256 = db
    .select(found)
    .from(blobs)
    .where(and(inProject, eq(blobs.sha256, sql.placeholder('sha256'))))
    .prepare();
  const bySha512 = db
    .select(found)
    .from(blobs)
    .where(and(inProject, eq(blobs.sha512, sql.placeholder('sha512'))))
    .prepare();
  const claim = db
    .update(blobs)
    .set({ unclaimedSince: null })
    .where(and(inProject, eq(blobs.sha256, sql.placeholder('sha256'))))
    .prepare();
  const find = (project: string, { sha256, sha512 }: Digests) => {
    const blob =
      sha256 !== undefined
        ? bySha256.get({ project, sha256 })
        : sha512 !== undefined
          ? bySha512.get({ project, sha512 })
          : undefined;
    return sha512 === undefined || blob?.sha512 === sha512 ? blob : undefined;
  };

  function findAll<D extends Digests>(project: string, digests: readonly D[]) {
    const all = new Map<D, { sha256: string; size: number }>();
    const unclaimed: string[] = [];
    for (const digest of digests) {
      const blob = find(project, digest);
      if (!blob) continue;
      all.set(digest, { sha256: blob.sha256, size: blob.size });
      if (blob.unclaimedSince !== null) unclaimed.push(blob.sha256);
    }
    return { all, unclaimed };
  }

  return {
    record: (input) => write(() => rows.insert(input)),

    find: (project, digest) =>
      read(() => {
        const blob = find(project, digest);
        return blob && { sha256: blob.sha256, sha512: blob.sha512, size: blob.size };
      }),

    async claimEach(project, digests) {
      const { all, unclaimed } = await read(() => findAll(project, digests));
      if (unclaimed.length === 0) return all;
      // Looked up again: what nobody had claimed may be gone by now.
      return write(() => {
        const now = findAll(project, digests);
        for (const sha256 of now.unclaimed) claim.run({ project, sha256 });
        return now.all;
      });
    },

    findInspection: (sha256, type, validator) => read(() => inspection.get({ sha256, type, validator })?.result),

    saveInspection: ({ at, ...inspection }) =>
      write(() => {
        db.insert(inspections)
          .values({ ...inspection, createdAt: at })
          .onConflictDoUpdate({
            target: [inspections.sha256, inspections.type, inspections.validator],
            set: { result: inspection.result, createdAt: at },
          })
          .run();
      }),
  };
}
