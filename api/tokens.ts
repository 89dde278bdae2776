import { createRoute, z } from '@hono/zod-openapi';
import { DurationText, parseDuration } from '../attestation/duration.ts';
import { TokenRole } from '../attestation/resources.ts';
import type { TokenRecord } from '../db/tokens.ts';
import { actorOf } from './auth/principal.ts';
import { requires } from './auth/require.ts';
import { mintToken } from './auth/token.ts';
import type { ApiDeps } from './deps.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from './paging.ts';
import { notFound } from './problem.ts';
import { createRouter, json, jsonBody } from './router.ts';

const tags = ['tokens'];

const Token = z
  .object({
    id: z.string(),
    name: z.string(),
    role: TokenRole,
    scope: z.array(z.string()),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable(),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Token' });

const ScopeGlob = z
  .string()
  .regex(/^[-a-z0-9*]+\/[-a-z0-9*]+$/, 'expected project/pipeline, where * matches any run of characters');

const NewToken = z
  .strictObject({
    name: z.string().min(1).max(100).meta({ description: 'For whom or what; shown in the audit.' }),
    role: TokenRole,
    scope: z
      .array(ScopeGlob)
      .max(100)
      .default([])
      .meta({ description: 'Globs over project/pipeline; empty = everything.' }),
    expiresIn: z
      .union([DurationText, z.literal('never')])
      .default('90d')
      .meta({ description: 'A duration such as `90d`, or `never`.' }),
  })
  .meta({ id: 'NewToken' });

const create = createRoute({
  method: 'post',
  path: '/tokens',
  operationId: 'createToken',
  tags,
  summary: 'Create a token; it is shown this once',
  ...requires('administer', 'all'),
  request: { body: jsonBody(NewToken) },
  responses: {
    201: json('The token.', Token.extend({ token: z.string().meta({ description: 'Only its hash is kept.' }) })),
  },
});

const list = createRoute({
  method: 'get',
  path: '/tokens',
  operationId: 'listTokens',
  tags,
  summary: 'Tokens, and when they were last used',
  ...requires('administer', 'all'),
  request: { query: z.strictObject(pageQuery) },
  responses: { 200: json('A page.', pageOf(Token)) },
});

const revoke = createRoute({
  method: 'delete',
  path: '/tokens/{id}',
  operationId: 'revokeToken',
  tags,
  summary: 'Revoke a token; it stays in the list',
  ...requires('administer', 'all'),
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json('It is revoked.', Token) },
});

/** Answers of this path show a secret. */
export const showsSecret = (path: string): boolean => path === '/v1/tokens';

export function tokenRoutes({ db, clock }: ApiDeps) {
  const router = createRouter();

  router.openapi(create, async (c) => {
    const { expiresIn, ...input } = c.req.valid('json');
    const { id, token, hash } = mintToken();
    const at = clock();
    const ms = parseDuration(expiresIn);
    const expiresAt = ms === undefined ? null : new Date(at.getTime() + ms).toISOString();
    const by = actorOf(c.get('principal'));
    const record = await db.tokens.create({ ...input, id, hash, expiresAt, by, at: at.toISOString() });
    return c.json({ ...view(record), token }, 201, { 'cache-control': 'no-store' });
  });

  router.openapi(list, async (c) => {
    const page = await db.tokens.list(pageRequest(c.req.valid('query')));
    return c.json(answerPage(c, page, view), 200);
  });

  router.openapi(revoke, async (c) => {
    const { id } = c.req.valid('param');
    const record = await db.tokens.revoke(id, { by: actorOf(c.get('principal')), at: clock().toISOString() });
    if (!record) throw notFound('token', id);
    return c.json(view(record), 200);
  });
  return router;
}

const view = ({ id, name, role, scope, createdAt, expiresAt, lastUsedAt, revokedAt }: TokenRecord) => ({
  id,
  name,
  role,
  scope,
  createdAt,
  expiresAt,
  lastUsedAt,
  revokedAt,
});
