import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnv } from './env.ts';

const DESCRIPTION = `The control plane for software supply-chain attestations.

Every error is a problem (RFC 9457) with a stable \`code\`. Lists are paged: follow \`next\`. POST requests honour
\`Idempotency-Key\`; PUT and the submission of an attestation are idempotent by themselves. A token goes into
\`Authorization: Bearer wbt_…\`; what a route asks of it stands in its security requirement: \`send\` (roles submit,
operate, admin), \`read\` (read, operate, admin), \`operate\` (operate, admin) or \`administer\` (admin).`;

/** The API as OpenAPI 3.1, made from the routes themselves. */
export function openApiDocument(app: OpenAPIHono<ApiEnv>) {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Waybill', version: '1', description: DESCRIPTION, license: { name: 'Apache-2.0' } },
    servers: [{ url: '/' }],
  });
  for (const item of Object.values(document.paths ?? {})) {
    for (const operation of [item.get, item.put, item.post, item.delete]) {
      if (operation?.responses) operation.responses.default = ANY_PROBLEM;
    }
  }
  return document;
}

/** What every route may answer besides: no token, a wrong one, a fault. */
const ANY_PROBLEM = {
  description: 'Any other problem.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
