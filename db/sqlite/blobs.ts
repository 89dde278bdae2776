import { and, eq, sql } from 'drizzle-orm';
import type { Blobs } from '../database.ts';
import { blobs, inspections } from '../schema.ts';
import type { BlobRows } from './blob-rows.ts';
import type { Connection } from './connection.ts';

export function blobVerbs({ db, read, write }: Connection, rows: BlobRows): Blobs {
  const found = { sha256: blobs.sha256, sha512: blobs.sha512, size: blobs.size };
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
  const find = (project: string, { sha256, sha512 }: Parameters<Blobs['find']>[1]) => {
    const blob =
      sha256 !== undefined
        ? bySha256.get({ project, sha256 })
        : sha512 !== undefined
          ? bySha512.get({ project, sha512 })
          : undefined;
    return sha512 === undefined || blob?.sha512 === sha512 ? blob : undefined;
  };

  return {
    record: (input) => write(() => rows.insert(input)),

    find: (project, digest) => read(() => find(project, digest)),

    findEach: (project, digests) =>
      read(
        () =>
          new Map(
            digests.flatMap((digest) => {
              const blob = find(project, digest);
              return blob ? [[digest, blob] as const] : [];
            }),
          ),
      ),

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
