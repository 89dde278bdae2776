import { createRoute, z } from '@hono/zod-openapi';
import { visibleTo } from '../auth/principal.ts';
import { requires } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import { asUtc, splitPipeline } from '../filters.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from '../paging.ts';
import { problemContent } from '../problem.ts';
import { createRouter, json } from '../router.ts';
import { readableAttestation } from './access.ts';
import { Attestation, AttestationSummary, AttestationVerdict } from './schema.ts';
import { summarize, viewAttestation } from './view.ts';

const tags = ['attestations'];

const list = createRoute({
  method: 'get',
  path: '/attestations',
  operationId: 'listAttestations',
  tags,
  summary: 'Attestations, newest first',
  ...requires('read'),
  request: {
    query: z.strictObject({
      ...pageQuery,
      project: z.string().optional(),
      pipeline: z.string().optional().meta({ description: '`project/pipeline`, or the name beside `project`.' }),
      verdict: AttestationVerdict.optional(),
      since: z.iso.datetime({ offset: true }).optional().meta({ description: 'Received at or after.' }),
      until: z.iso.datetime({ offset: true }).optional().meta({ description: 'Received before.' }),
      digest: z
        .string()
        .regex(/^(sha256:)?[0-9a-f]{64}$/, 'expected a sha256 in lower-case hex')
        .optional()
        .meta({ description: 'sha256 of a statement, a material or a subject.' }),
      signer: z.string().optional().meta({ description: "Name of a registered key, or a certificate's identity." }),
    }),
  },
  responses: { 200: json('A page.', pageOf(AttestationSummary)), 400: problemContent('An unknown filter or cursor.') },
});

const get = createRoute({
  method: 'get',
  path: '/attestations/{id}',
  operationId: 'getAttestation',
  tags,
  summary: 'One attestation with its latest judgement',
  ...requires(['read', 'send']),
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json('The attestation.', Attestation), 404: problemContent('None that this token may see.') },
});

/** Reading attestations. A `submit` token reads what it sent, and nothing else. */
export function attestationRoutes(deps: ApiDeps) {
  const router = createRouter();

  router.openapi(list, async (c) => {
    const { limit, cursor, digest, since, until, ...filter } = c.req.valid('query');
    const page = await deps.db.attestations.list(
      {
        ...filter,
        ...splitPipeline(filter),
        digest: digest?.replace('sha256:', ''),
        since: asUtc(since),
        until: asUtc(until),
        visible: visibleTo(c.get('principal')),
      },
      pageRequest({ limit, cursor }),
    );
    return c.json(
      answerPage(c, page, (row) => summarize(deps, c, row)),
      200,
    );
  });

  router.openapi(get, async (c) => {
    const record = await readableAttestation(deps, c, c.req.valid('param').id);
    return c.json(await viewAttestation(deps, c, record), 200);
  });
  return router;
}
