import { and, eq, sql } from 'drizzle-orm';
import type { Blobs } from '../database.ts';
import { blobs, inspections } from '../schema.ts';
import type { Connection } from './connection.ts';

export function blobVerbs({ db, read, write }: Connection): Blobs {
  const found = { sha256: blobs.sha256, sha512: blobs.sha512, size: blobs.size };
  const insert = db
    .insert(blobs)
    .values({
      project: sql.placeholder('project'),
      sha256: sql.placeholder('sha256'),
      sha512: sql.placeholder('sha512'),
      size: sql.placeholder('size'),
      createdAt: sql.placeholder('at'),
    })
    .onConflictDoNothing()
    .prepare();

  return {
    record: (input) =>
      write(() => {
        insert.run(input);
      }),

    find: (project, { sha256, sha512 }) =>
      read(() => {
        if (sha256 === undefined && sha512 === undefined) return undefined;
        return db
          .select(found)
          .from(blobs)
          .where(
            and(
              eq(blobs.project, project),
              sha256 === undefined ? undefined : eq(blobs.sha256, sha256),
              sha512 === undefined ? undefined : eq(blobs.sha512, sha512),
            ),
          )
          .get();
      }),

    findInspection: (sha256, type, validator) =>
      read(
        () =>
          db
            .select({ result: inspections.result })
            .from(inspections)
            .where(
              and(eq(inspections.sha256, sha256), eq(inspections.type, type), eq(inspections.validator, validator)),
            )
            .get()?.result,
      ),

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
