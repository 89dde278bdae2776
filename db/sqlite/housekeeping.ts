import { and, eq, gte, lt, sql } from 'drizzle-orm';
import type { Answers } from '../answers.ts';
import type { Leases } from '../leases.ts';
import type { Processes } from '../processes.ts';
import { answers, leases, processes } from '../schema.ts';
import type { Connection } from './connection.ts';

const DAY_MS = 86_400_000;
const dayBefore = (at: string): string => new Date(Date.parse(at) - DAY_MS).toISOString();

export const leaseVerbs = ({ db, write }: Connection): Leases => ({
  take: (name, holder, ttlMs, at) =>
    write(() => {
      const lease = { holder, expiresAt: new Date(Date.parse(at) + ttlMs).toISOString() };
      const { changes } = db
        .insert(leases)
        .values({ name, ...lease })
        .onConflictDoUpdate({
          target: leases.name,
          set: lease,
          setWhere: sql`${leases.holder} = ${holder} or ${leases.expiresAt} <= ${Date.parse(at)}`,
        })
        .run();
      return changes === 1;
    }),
});

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

export const answerVerbs = ({ db, read, write }: Connection): Answers => ({
  find: (tokenId, key, since) =>
    read(() =>
      db
        .select({ request: answers.request, status: answers.status, body: answers.body })
        .from(answers)
        .where(and(eq(answers.tokenId, tokenId), eq(answers.key, key), gte(answers.createdAt, since)))
        .get(),
    ),

  save: ({ at, ...answer }) =>
    write(() => {
      // The first answer of a day stands: a second under the same key was given out by nobody.
      db.delete(answers)
        .where(
          and(eq(answers.tokenId, answer.tokenId), eq(answers.key, answer.key), lt(answers.createdAt, dayBefore(at))),
        )
        .run();
      db.insert(answers)
        .values({ ...answer, createdAt: at })
        .onConflictDoNothing()
        .run();
    }),
});
