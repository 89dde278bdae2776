import { createRoute, z } from '@hono/zod-openapi';
import { ResourceName } from '../attestation/resources.ts';
import type { Refusal } from '../attestation/verify/refusal.ts';
import { requires } from './auth/require.ts';
import { Change } from './change.ts';
import { pageOf, pageQuery } from './paging.ts';
import { type ProblemError, problem, problemContent } from './problem.ts';
import { json, jsonBody } from './router.ts';

const tags = ['trust'];
const params = z.object({ name: ResourceName });

type Kind<Path extends string, Spec, Item, One> = {
  path: Path;
  /** Of the operations: `put<id>`, `list<id>s`, `get<id>`, `delete<id>`. */
  id: string;
  /** In words, e.g. `trusted key`. */
  noun: string;
  /** What a PUT does, and why it is refused. */
  summary: string;
  refused: string;
  Spec: Spec;
  /** As a list shows it, and as it is shown alone. */
  Item: Item;
  One: One;
};

/** The routes of what is trusted by name: keys and roots differ in what they are, not in who may do what with them. */
export const trustRoutes = <
  Path extends string,
  Spec extends z.ZodType,
  Item extends z.ZodObject,
  One extends z.ZodObject,
>({
  path,
  id,
  noun,
  summary,
  refused,
  Spec,
  Item,
  One,
}: Kind<Path, Spec, Item, One>) => {
  const one = `${path}/{name}` as const;
  const Changed = z.intersection(One, z.object({ change: Change }));
  return {
    put: createRoute({
      method: 'put',
      path: one,
      operationId: `put${id}`,
      tags,
      summary,
      ...requires('administer', 'all'),
      request: { params, body: jsonBody(Spec) },
      responses: {
        200: json('Updated or unchanged.', Changed),
        201: json('Registered.', Changed),
        422: problemContent(refused),
      },
    }),
    list: createRoute({
      method: 'get',
      path,
      operationId: `list${id}s`,
      tags,
      summary: `Every ${noun} by name`,
      ...requires('read'),
      request: { query: z.strictObject(pageQuery) },
      responses: { 200: json('A page.', pageOf(Item)) },
    }),
    get: createRoute({
      method: 'get',
      path: one,
      operationId: `get${id}`,
      tags,
      summary: `One ${noun}`,
      ...requires('read'),
      request: { params },
      responses: { 200: json(`The ${noun}.`, One), 404: problemContent(`No such ${noun}.`) },
    }),
    remove: createRoute({
      method: 'delete',
      path: one,
      operationId: `delete${id}`,
      tags,
      summary: `Forget a ${noun}; verdicts that were given stand`,
      ...requires('administer', 'all'),
      request: { params },
      responses: { 204: { description: 'It is gone.' }, 404: problemContent(`No such ${noun}.`) },
    }),
  };
};

/** Why something is not registered, as an answer. */
export const refusedTrust = ({ code, message, expected, found, remedy }: Refusal): ProblemError =>
  problem(422, code, message, { more: { expected, found, remedy } });
