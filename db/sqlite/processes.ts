import { and, eq, gte, lt } from 'drizzle-orm';
import type { Processes } from '../processes.ts';
import { processes } from '../schema.ts';
import type { Connection } from './connection.ts';
import { dayBefore } from './day.ts';

export const processVerbs = ({ db, read, write }: Connection): Processes => ({
  heartbeat: ({ id, kind, at }) =>
    write(() => {
      db.insert(processes)
        .values({ id, kind, seenAt: at })
        .onConflictDoUpdate({ target: processes.id, set: { kind, seenAt: at } })
        .run();
      db.delete(processes)
        .where(lt(processes.seenAt, dayBefore(at)))
        .run();
    }),

  live: (kind, since) =>
    read(() =>
      db
        .select({ id: processes.id })
        .from(processes)
        .where(and(eq(processes.kind, kind), gte(processes.seenAt, since)))
        .orderBy(processes.id)
        .all()
        .map(({ id }) => id),
    ),

  gone: (id) =>
    write(() => {
      db.delete(processes).where(eq(processes.id, id)).run();
    }),
});
