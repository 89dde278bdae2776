import { z } from '@hono/zod-openapi';
import { parseTrustedKey, type TrustedKey, TrustedKeySpec } from '../attestation/verify/keys.ts';
import type { TrustedKeyRecord } from '../db/trust.ts';
import { actorOf } from './auth/principal.ts';
import { changeOf, statusOf } from './change.ts';
import type { ApiDeps } from './deps.ts';
import { answerPage, pageRequest } from './paging.ts';
import { notFound } from './problem.ts';
import { createRouter } from './router.ts';
import { refusedTrust, trustRoutes } from './trust-routes.ts';

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

const noun = 'trusted key';
const routes = trustRoutes({
  path: '/trust/keys',
  id: 'TrustedKey',
  noun,
  summary: 'Register a public key whose signatures count',
  refused: 'Not a public key that can be trusted.',
  Spec: TrustedKeySpec,
  Item: Key,
  One: Key,
});

export function trustKeyRoutes({ db, clock }: ApiDeps) {
  const router = createRouter();

  router.openapi(routes.put, async (c) => {
    const { name } = c.req.valid('param');
    const parsed = parseTrustedKey(name, c.req.valid('json'));
    if (!parsed.ok) throw refusedTrust(parsed);
    const by = actorOf(c.get('principal'));
    const outcome = await db.trust.putKey({ name, parsed: parsed.key, by, at: clock().toISOString() });
    return c.json({ ...view(outcome.record), change: changeOf(outcome) }, statusOf(outcome));
  });

  router.openapi(routes.list, async (c) => {
    const page = await db.trust.listKeys(pageRequest(c.req.valid('query')));
    return c.json(answerPage(c, page, view), 200);
  });

  router.openapi(routes.get, async (c) => {
    const { name } = c.req.valid('param');
    const found = await db.trust.getKey(name);
    if (!found) throw notFound(noun, name);
    return c.json(view(found), 200);
  });

  router.openapi(routes.remove, async (c) => {
    const { name } = c.req.valid('param');
    const found = await db.trust.deleteKey(name, { by: actorOf(c.get('principal')), at: clock().toISOString() });
    if (!found) throw notFound(noun, name);
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
