import { Readable } from 'node:stream';
import { createRoute, z } from '@hono/zod-openapi';
import type { AttestationRecord } from '../../db/attestations.ts';
import type { StoredPart } from '../../db/judgements.ts';
import { BlobMissingError, type ContentStore } from '../../store/store.ts';
import { requires } from '../auth/require.ts';
import { downloadHeaders, sendBytes, sendStream } from '../bytes.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { notFound, problem, problemContent } from '../problem.ts';
import { createRouter, raw } from '../router.ts';
import { assertReadableBytes, readableAttestation } from './access.ts';

const tags = ['attestations'];

const envelope = createRoute({
  method: 'get',
  path: '/attestations/{id}/envelope',
  operationId: 'getEnvelope',
  tags,
  summary: 'The signed statements',
  description: 'One: its bytes as they came. Several: JSON Lines; `statement` picks one, byte for byte.',
  ...requires(['read', 'send']),
  request: {
    params: z.object({ id: z.string() }),
    query: z.strictObject({ statement: z.string().optional().meta({ description: 'sha256 of one statement.' }) }),
  },
  responses: {
    200: raw('The bytes.', 'application/json', 'application/jsonl'),
    404: problemContent('None that this token may see.'),
  },
});

const material = createRoute({
  method: 'get',
  path: '/attestations/{id}/materials/{name}',
  operationId: 'getMaterial',
  tags,
  summary: 'The bytes of a material',
  ...requires(['read', 'send']),
  request: { params: z.object({ id: z.string(), name: z.string() }) },
  responses: {
    200: raw('The bytes.', 'application/octet-stream'),
    403: problemContent('Somebody else sent these bytes, and this token may only submit.'),
    404: problemContent('No such material, or only its digest was signed.'),
  },
});

/** The evidence itself, as it came. */
export function evidenceRoutes(deps: ApiDeps) {
  const router = createRouter();

  router.openapi(envelope, async (c) => {
    const record = await readableAttestation(deps, c, c.req.valid('param').id);
    const { statement } = c.req.valid('query');
    const only = statement === undefined && record.statements.length > 1 ? undefined : pick(record, statement);
    if (only) return sendBytes(c, deps, { ...only, mediaType: 'application/json', fileName: `${record.id}.json` });
    return sendLines(c, deps, record);
  });

  router.openapi(material, async (c) => {
    const { id, name } = c.req.valid('param');
    const record = await readableAttestation(deps, c, id);
    const materials = await deps.db.attestations.materials(record.id);
    const found = materials.find((candidate) => candidate.name === name);
    if (!found) throw notFound('material', name);
    if (found.bytes === 'absent')
      throw problem(
        404,
        'bytes.absent',
        `only the digest of ${JSON.stringify(name)} was signed; its bytes were never sent`,
      );
    await assertReadableBytes(deps, c, record, found);
    return sendBytes(c, deps, { ...found, fileName: name });
  });
  return router;
}

function pick({ id, statements }: AttestationRecord, sha256: string | undefined): StoredPart {
  const found = sha256 === undefined ? statements[0] : statements.find((statement) => statement.sha256 === sha256);
  if (!found) throw notFound('statement', `${sha256} of ${id}`);
  return found;
}

async function sendLines(
  c: ApiContext,
  { store, log }: ApiDeps,
  { id, statements }: AttestationRecord,
): Promise<Response> {
  for (const { sha256 } of statements) {
    if ((await store.size(sha256)) === undefined) throw new BlobMissingError(sha256);
  }
  const headers = downloadHeaders('application/jsonl', `${id}.jsonl`);
  return sendStream(c, log, Readable.from(linesOf(store, statements), { objectMode: false }), headers);
}

/** A line break inside a JSON document is only ever white space between its tokens: a space says the same on one line. */
async function* linesOf(store: ContentStore, statements: readonly StoredPart[]): AsyncIterable<Buffer> {
  for (const { sha256, size } of statements) {
    const bytes = await store.read(sha256, size);
    yield Buffer.from(bytes.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)));
    yield Buffer.from('\n');
  }
}
