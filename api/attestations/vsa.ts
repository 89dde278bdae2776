import { createRoute, z } from '@hono/zod-openapi';
import { requires } from '../auth/require.ts';
import { downloadHeaders } from '../bytes.ts';
import type { ApiDeps } from '../deps.ts';
import { problem, problemContent } from '../problem.ts';
import { createRouter, raw } from '../router.ts';
import { readableAttestation } from './access.ts';

export const VSA_MEDIA_TYPE = 'application/vnd.dsse.envelope.v1+json';

const vsa = createRoute({
  method: 'get',
  path: '/attestations/{id}/vsa',
  operationId: 'getVerificationSummary',
  tags: ['evidence'],
  summary: 'The verdict as a signed SLSA verification summary',
  description:
    'A DSSE envelope, signed when the verdict was reached by the key that `keyid` names; `/v1/verdict-keys` has its public half.',
  ...requires(['read', 'send']),
  request: {
    params: z.object({ id: z.string() }),
    query: z.strictObject({
      judgement: z.coerce
        .number()
        .int()
        .positive()
        .optional()
        .meta({ description: 'Which judgement; without it, the one that counts.' }),
    }),
  },
  responses: {
    200: raw('The envelope.', VSA_MEDIA_TYPE),
    404: problemContent('No such attestation, or no verdict yet.'),
  },
});

export const vsaRoutes = (deps: ApiDeps) =>
  createRouter().openapi(vsa, async (c) => {
    const { id, judgement } = await readableAttestation(deps, c, c.req.valid('param').id);
    const n = c.req.valid('query').judgement ?? judgement.n;
    const envelope = await deps.db.attestations.vsa(id, n);
    if (envelope === undefined) throw noSummary(id, n);
    return c.body(envelope, 200, downloadHeaders(VSA_MEDIA_TYPE, `${id}.vsa.json`));
  });

const noSummary = (id: string, n: number) =>
  problem(404, 'vsa.none', `judgement ${n} of ${id} has no signed verdict`, {
    more: {
      expected: 'a judgement that was decided',
      found: 'one that is undecided, that does not exist, or that is older than signed verdicts',
    },
  });
