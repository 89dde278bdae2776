import { createRoute, z } from '@hono/zod-openapi';
import { ResourceName } from '../attestation/resources.ts';
import { parseTrustedKey, type TrustedKey, TrustedKeySpec } from '../attestation/verify/keys.ts';
import type { TrustedKeyRecord } from '../db/records.ts';
import { actorOf } from './auth/principal.ts';
import { requires } from './auth/require.ts';
import { Change, changeOf, statusOf } from './change.ts';
import type { ApiDeps } from './deps.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from './paging.ts';
import { notFound, problem, problemContent } from './problem.ts';
import { createRouter, json, jsonBody } from './router.ts';

const tags = ['trust'];
const params = z.object({ name: ResourceName });

const Key = z
  .object({
    name: z.string(),
    algorithm: z.string(),
    fingerprint: z.string().meta({ description: 'sha256 of the public key (SPKI, DER), hex.' }),
    publicKey: z.string().meta({ description: 'SPKI as PEM.' }),
    projects: z.array(z.string()),
    validFrom: z.string().nullable(),
    validUntil: z.string().nullable(),
    revokedSince: z.string().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'TrustedKey' });

const put = createRoute({
  method: 'put',
  path: '/trust/keys/{name}',
  operationId: 'putTrustedKey',
  tags,
  summary: 'Register a public key whose signatures count',
  ...requires('administer', 'all'),
  request: { params, body: jsonBody(TrustedKeySpec) },
  responses: {
    200: json('Updated or unchanged.', Key.extend({ change: Change })),
    201: json('Registered.', Key.extend({ change: Change })),
    422: problemContent('Not a public key that can be trusted.'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/trust/keys',
  operationId: 'listTrustedKeys',
  tags,
  summary: 'Registered keys',
  ...requires('read'),
  request: { query: z.strictObject(pageQuery) },
  responses: { 200: json('A page.', pageOf(Key)) },
});

const get = createRoute({
  method: 'get',
  path: '/trust/keys/{name}',
  operationId: 'getTrustedKey',
  tags,
  summary: 'One registered key',
  ...requires('read'),
  request: { params },
  responses: { 200: json('The key.', Key), 404: problemContent('No such key.') },
});

const remove = createRoute({
  method: 'delete',
  path: '/trust/keys/{name}',
  operationId: 'deleteTrustedKey',
  tags,
  summary: 'Forget a key; verdicts that were given stand',
  ...requires('administer', 'all'),
  request: { params },
  responses: { 204: { description: 'It is gone.' }, 404: problemContent('No such key.') },
});

export function trustKeyRoutes({ db, clock }: ApiDeps) {
  const router = createRouter();

  router.openapi(put, async (c) => {
    const { name } = c.req.valid('param');
    const parsed = parseTrustedKey(name, c.req.valid('json'));
    if (!parsed.ok) {
      const { code, message, expected, found, remedy } = parsed;
      throw problem(422, code, message, { more: { expected, found, remedy } });
    }
    const by = actorOf(c.get('principal'));
    const outcome = await db.trust.putKey({ name, parsed: parsed.key, by, at: clock().toISOString() });
    return c.json({ ...view(outcome.record), change: changeOf(outcome) }, statusOf(outcome));
  });

  router.openapi(list, async (c) => {
    const page = await db.trust.listKeys(pageRequest(c.req.valid('query')));
    return c.json(answerPage(c, page, view), 200);
  });

  router.openapi(get, async (c) => {
    const { name } = c.req.valid('param');
    const found = await db.trust.getKey(name);
    if (!found) throw notFound('trusted key', name);
    return c.json(view(found), 200);
  });

  router.openapi(remove, async (c) => {
    const { name } = c.req.valid('param');
    const found = await db.trust.deleteKey(name, { by: actorOf(c.get('principal')), at: clock().toISOString() });
    if (!found) throw notFound('trusted key', name);
    return c.body(null, 204);
  });
  return router;
}

function view({ name, parsed, createdAt, updatedAt }: TrustedKeyRecord) {
  // Written by this file only, from `parseTrustedKey`.
  const key = parsed as TrustedKey;
  return {
    name,
    algorithm: key.algorithm,
    fingerprint: key.fingerprint,
    publicKey: key.spki,
    projects: key.projects,
    validFrom: key.validFrom ?? null,
    validUntil: key.validUntil ?? null,
    revokedSince: key.revokedSince ?? null,
    createdAt,
    updatedAt,
  };
}
