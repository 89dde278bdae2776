import { and, asc, eq, gt, or, sql } from 'drizzle-orm';
import { randomId } from '../../attestation/ids.ts';
import { decodeCursor, toPage } from '../cursor.ts';
import type { Pipelines } from '../pipelines.ts';
import { contracts, pipelines } from '../schema.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';
import { sameJson } from './json.ts';

export function pipelineVerbs({ db, read, write }: Connection, log: Log): Pipelines {
  const find = db
    .select()
    .from(pipelines)
    .where(and(eq(pipelines.project, sql.placeholder('project')), eq(pipelines.name, sql.placeholder('name'))))
    .prepare();

  return {
    put: ({ project, name, spec, by, at }) =>
      write(() => {
        if (!db.select().from(contracts).where(eq(contracts.name, spec.contract)).limit(1).get()) return undefined;
        const before = find.get({ project, name });
        if (before && sameJson(before.spec, spec)) return { record: before, created: false, changed: false };
        log({ by, at, action: 'pipeline.put', target: `${project}/${name}`, detail: { spec, before: before?.spec } });
        const record = before
          ? db.update(pipelines).set({ spec, updatedAt: at }).where(eq(pipelines.uid, before.uid)).returning().get()
          : db
              .insert(pipelines)
              .values({ uid: randomId('pl'), project, name, spec, createdAt: at, updatedAt: at })
              .returning()
              .get();
        return { record, created: before === undefined, changed: true };
      }),

    get: (project, name) => read(() => find.get({ project, name })),

    list: (filter, page) =>
      read(() => {
        const after = decodeCursor(page.cursor, ['', ''] as const);
        const rows = db
          .select()
          .from(pipelines)
          .where(
            and(
              filter.project === undefined ? undefined : eq(pipelines.project, filter.project),
              filter.contract === undefined ? undefined : sql`${pipelines.spec} ->> '$.contract' = ${filter.contract}`,
              after &&
                or(gt(pipelines.project, after[0]), and(eq(pipelines.project, after[0]), gt(pipelines.name, after[1]))),
            ),
          )
          .orderBy(asc(pipelines.project), asc(pipelines.name))
          .limit(page.limit + 1)
          .all();
        return toPage(
          rows,
          page,
          (row) => row,
          (row) => [row.project, row.name],
        );
      }),
  };
}
