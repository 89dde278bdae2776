import { and, eq, gte, lt } from 'drizzle-orm';
import type { Answers } from '../answers.ts';
import { answers } from '../schema.ts';
import type { Connection } from './connection.ts';
import { dayBefore } from './day.ts';

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
