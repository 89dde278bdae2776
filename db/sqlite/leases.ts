import { sql } from 'drizzle-orm';
import type { Leases } from '../leases.ts';
import { leases } from '../schema.ts';
import type { Connection } from './connection.ts';

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
