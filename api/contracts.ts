import { createRoute, z } from '@hono/zod-openapi';
import { parseContract } from '../attestation/contract/parse.ts';
import { sha256Hex } from '../attestation/ids.ts';
import { ResourceName } from '../attestation/resources.ts';
import type { ContractRevision as Revision } from '../db/contracts.ts';
import { actorOf } from './auth/principal.ts';
import { requires } from './auth/require.ts';
import { Change, changeOf, statusOf } from './change.ts';
import type { ApiDeps } from './deps.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from './paging.ts';
import { notFound, problem, problemContent } from './problem.ts';
import { createRouter, json } from './router.ts';

const tags = ['contracts'];
const params = z.object({ name: ResourceName });

const ContractSummary = z
  .object({
    name: z.string(),
    revision: z.int(),
    digest: z.string().meta({ description: "sha256 of the file's bytes, hex." }),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
  })
  .meta({ id: 'ContractSummary' });
const Contract = ContractSummary.extend({ text: z.string().meta({ description: 'The file as it was put.' }) }).meta({
  id: 'ContractRevision',
});

/** A contract's file as a request carries it. */
export const contractBody = {
  required: true,
  content: {
    'application/yaml': { schema: { type: 'string' } },
    'application/json': { schema: { type: 'object' } },
  },
} as const;

const put = createRoute({
  method: 'put',
  path: '/contracts/{name}',
  operationId: 'putContract',
  tags,
  summary: 'Put a contract; other bytes than the latest make a new revision',
  description:
    'The body is the file itself, YAML or JSON: comments and line numbers are kept. Revisions are immutable.',
  ...requires('administer', 'all'),
  request: {
    params,
    body: contractBody,
  },
  responses: {
    200: json('Nothing new, or a new revision of a known contract.', Contract.extend({ change: Change })),
    201: json('The first revision.', Contract.extend({ change: Change })),
    422: problemContent('Not a contract; `errors` has every place.'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/contracts',
  operationId: 'listContracts',
  tags,
  summary: 'Latest revision of every contract',
  ...requires('read'),
  request: { query: z.strictObject(pageQuery) },
  responses: { 200: json('A page, without the texts.', pageOf(ContractSummary)) },
});

const get = createRoute({
  method: 'get',
  path: '/contracts/{name}',
  operationId: 'getContract',
  tags,
  summary: 'Latest revision of a contract',
  ...requires('read'),
  request: { params },
  responses: { 200: json('The contract.', Contract), 404: problemContent('No such contract.') },
});

const revisions = createRoute({
  method: 'get',
  path: '/contracts/{name}/revisions',
  operationId: 'listRevisions',
  tags,
  summary: 'All revisions, newest first',
  ...requires('read'),
  request: { params, query: z.strictObject(pageQuery) },
  responses: {
    200: json('A page, without the texts.', pageOf(ContractSummary)),
    404: problemContent('No such contract.'),
  },
});

const revision = createRoute({
  method: 'get',
  path: '/contracts/{name}/revisions/{n}',
  operationId: 'getRevision',
  tags,
  summary: 'One revision of a contract',
  ...requires('read'),
  request: { params: params.extend({ n: z.coerce.number().int().min(1) }) },
  responses: { 200: json('The revision.', Contract), 404: problemContent('No such revision.') },
});

/** A contract out of a request's body, read as `put` reads it. */
export function readContract(name: string, bytes: ArrayBuffer): string {
  const text = decode(bytes);
  const parsed = parseContract(text, name);
  if (!parsed.ok) throw invalid(parsed.errors);
  return text;
}

export function contractRoutes({ db, clock }: ApiDeps) {
  const router = createRouter();

  router.openapi(put, async (c) => {
    const { name } = c.req.valid('param');
    const text = readContract(name, await c.req.arrayBuffer());
    const by = actorOf(c.get('principal'));
    const outcome = await db.contracts.put({ name, text, digest: sha256Hex(text), by, at: clock().toISOString() });
    return c.json({ ...view(outcome.record), change: changeOf(outcome) }, statusOf(outcome));
  });

  router.openapi(list, async (c) => {
    const page = await db.contracts.list(pageRequest(c.req.valid('query')));
    return c.json(answerPage(c, page, summarize), 200);
  });

  router.openapi(get, async (c) => {
    const { name } = c.req.valid('param');
    const found = await db.contracts.get(name);
    if (!found) throw notFound('contract', name);
    return c.json(view(found), 200);
  });

  router.openapi(revisions, async (c) => {
    const { name } = c.req.valid('param');
    const page = await db.contracts.revisions(name, pageRequest(c.req.valid('query')));
    if (page.items.length === 0 && !(await db.contracts.get(name))) throw notFound('contract', name);
    return c.json(answerPage(c, page, summarize), 200);
  });

  router.openapi(revision, async (c) => {
    const { name, n } = c.req.valid('param');
    const found = await db.contracts.get(name, n);
    if (!found) throw notFound('revision', `${n} of ${name}`);
    return c.json(view(found), 200);
  });
  return router;
}

/** Bytes that are not UTF-8 would not be the bytes that were put. */
function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw problem(400, 'contract.encoding', 'expected a contract in UTF-8, found bytes that are not', { cause });
  }
}

type ContractError = Extract<ReturnType<typeof parseContract>, { ok: false }>['errors'][number];

function invalid(errors: readonly ContractError[]) {
  const sentence = ({ line, message }: ContractError) => (line === undefined ? message : `line ${line}: ${message}`);
  return problem(422, 'contract.invalid', errors.map(sentence).join(' | '), { more: { errors } });
}

const summarize = ({ name, revision, digest, createdAt, createdBy }: Omit<Revision, 'text'>) => ({
  name,
  revision,
  digest,
  createdAt,
  createdBy,
});
const view = (found: Revision) => ({ ...summarize(found), text: found.text });
