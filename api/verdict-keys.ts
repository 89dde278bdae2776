import { createRoute, z } from '@hono/zod-openapi';
import type { ApiDeps } from './deps.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from './paging.ts';
import { notFound, problemContent } from './problem.ts';
import { createRouter, json, raw } from './router.ts';

const VerdictKey = z
  .object({
    id: z.string().meta({ description: 'sha256 of the public key (SPKI, DER), hex: the `keyid` of its signatures.' }),
    algorithm: z.string(),
    publicKey: z.string().meta({ description: 'PEM.' }),
    createdAt: z.iso.datetime(),
    retiredAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Since when another key signs; what it signed before still verifies. Null: in use.' }),
  })
  .meta({ id: 'VerdictKey' });

const list = createRoute({
  method: 'get',
  path: '/verdict-keys',
  operationId: 'listVerdictKeys',
  tags: ['evidence'],
  summary: 'The keys that verdicts are and were signed with, latest first',
  request: { query: z.strictObject(pageQuery) },
  responses: { 200: json('A page.', pageOf(VerdictKey)) },
});

const get = createRoute({
  method: 'get',
  path: '/verdict-keys/{id}',
  operationId: 'getVerdictKey',
  tags: ['evidence'],
  summary: 'One public key, as PEM',
  description: '`current`: the one in use.',
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: raw('The key.', 'application/x-pem-file'),
    404: problemContent('No such key, or no worker ever started.'),
  },
});

/** Public keys are for everybody who holds a verdict in hand: no token. */
export const verdictKeyRoutes = ({ db }: ApiDeps) =>
  createRouter()
    .openapi(list, async (c) => {
      const page = await db.verdictKeys.list(pageRequest(c.req.valid('query')));
      return c.json(
        answerPage(c, page, (key) => key),
        200,
      );
    })
    .openapi(get, async (c) => {
      const { id } = c.req.valid('param');
      const key = id === 'current' ? await db.verdictKeys.current() : await db.verdictKeys.get(id);
      if (!key) throw notFound('verdict key', id);
      return c.body(key.publicKey, 200, { 'content-type': 'application/x-pem-file' });
    });
