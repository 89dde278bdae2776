import { createRoute, z } from '@hono/zod-openapi';
import { ResourceName } from '../attestation/resources.ts';
import { DigestMismatchError, TooLargeError } from '../store/store.ts';
import { senderOf } from './attestations/access.ts';
import { assertMay, assertProjectInScope, assertWholeProjectInScope, requires } from './auth/require.ts';
import { sendBytes } from './bytes.ts';
import type { ApiDeps } from './deps.ts';
import { bodyOf, refuseDeclaredLength, tooLarge } from './ingest/body.ts';
import { notFound, problem, problemContent } from './problem.ts';
import { createRouter, json, raw } from './router.ts';

const Blob = z.object({ sha256: z.string(), sha512: z.string(), size: z.int() }).meta({ id: 'Blob' });

const params = z.object({
  project: ResourceName,
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 lower-case hex digits'),
});
const path = '/projects/{project}/blobs/{digest}';
const tags = ['blobs'];

const put = createRoute({
  method: 'put',
  path,
  operationId: 'putBlob',
  tags,
  summary: 'Send the bytes of a material beforehand',
  description: 'Streamed; the digest is checked while it is written. They count for attestations of this project only.',
  ...requires('send'),
  request: {
    params,
    body: { required: true, content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } },
  },
  responses: {
    200: json('They were here already.', Blob),
    201: json('Stored.', Blob),
    400: problemContent('The bytes have another digest, or are not all there. Nothing was stored.'),
    413: problemContent('Over the limit.'),
    507: problemContent('The disk is full.'),
  },
});

const get = createRoute({
  method: 'get',
  path,
  operationId: 'getBlob',
  tags,
  summary: 'Bytes that were sent to a project',
  description: 'They belong to the project, not to one pipeline: a token with a scope needs all of the project in it.',
  ...requires(['read', 'send']),
  security: requires('read').security,
  request: { params },
  responses: { 200: raw('The bytes.', 'application/octet-stream'), 404: problemContent('Never sent to this project.') },
});

const head = createRoute({
  method: 'head',
  path,
  operationId: 'headBlob',
  tags,
  summary: 'Whether bytes were sent to a project',
  ...requires(['read', 'send']),
  request: { params },
  responses: { 200: { description: 'They were.' }, 404: { description: 'They were not.' } },
});

export function blobRoutes(deps: ApiDeps) {
  const { db, store, clock, config } = deps;
  const router = createRouter();

  router.openapi(put, async (c) => {
    const { project, digest } = c.req.valid('param');
    const principal = c.get('principal');
    assertProjectInScope(principal, project);
    const sha256 = digest.slice('sha256:'.length);
    await assertProjectExists(deps, project);
    const maxBytes = config.limits.materialBytes;
    const body = bodyOf(c);
    refuseDeclaredLength(c, maxBytes, 'a blob');
    const known = await db.blobs.find(project, { sha256 });
    const stored = await store.put(body, { expected: { sha256 }, maxBytes }).catch((error: unknown) => {
      throw refused(error, maxBytes);
    });
    await db.blobs.record({ project, ...stored, sentBy: senderOf(principal), at: clock().toISOString() });
    return c.json(stored, known ? 200 : 201);
  });

  router.openapi(get, async (c) => {
    const { project, digest } = c.req.valid('param');
    const principal = c.get('principal');
    assertProjectInScope(principal, project);
    // A build may ask whether its bytes are here; it may not read what others sent, nor may a reader of one pipeline.
    if (c.req.method !== 'HEAD') {
      assertMay(principal, 'read');
      assertWholeProjectInScope(principal, project);
    }
    const blob = await db.blobs.find(project, { sha256: digest.slice('sha256:'.length) });
    if (!blob) throw notFound('blob', digest);
    return sendBytes(c, deps, { ...blob, mediaType: 'application/octet-stream', fileName: blob.sha256 });
  });
  // Hono answers HEAD with the handler of GET.
  router.openAPIRegistry.registerPath(head);
  return router;
}

/** A project is what its pipelines say it is: a typo would keep bytes that no attestation finds. */
async function assertProjectExists({ db }: ApiDeps, project: string): Promise<void> {
  const { items } = await db.pipelines.list({ project }, { limit: 1 });
  if (items.length === 0) throw notFound('project', project);
}

function refused(error: unknown, maxBytes: number): unknown {
  if (error instanceof TooLargeError) return tooLarge('a blob', maxBytes);
  if (!(error instanceof DigestMismatchError)) return error;
  const { expected, found } = error;
  return problem(
    400,
    'digest.mismatch',
    `expected bytes with the digest ${expected}, found ${found}; nothing was stored, send them again`,
    {
      more: { expected, found },
    },
  );
}
