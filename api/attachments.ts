import { createRoute, z } from '@hono/zod-openapi';
import { checkAttachmentOptions } from '../activities/integrations/index.ts';
import { MATERIAL_TYPES } from '../attestation/materials/types.ts';
import { AttachmentSpec, ResourceName } from '../attestation/resources.ts';
import type { AttachmentRecord } from '../db/attachments.ts';
import { actorOf } from './auth/principal.ts';
import { requires } from './auth/require.ts';
import { Change, changeOf, statusOf } from './change.ts';
import type { ApiDeps } from './deps.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from './paging.ts';
import { notFound, problem, problemContent } from './problem.ts';
import { type Doomed, remove as removeAsked } from './removal/remove.ts';
import { AttachmentRemoval, Removal } from './removal/schema.ts';
import { createRouter, json, jsonBody } from './router.ts';

const tags = ['destinations'];
const params = z.object({ name: ResourceName });

const Attachment = z
  .object({ name: z.string(), spec: AttachmentSpec, createdAt: z.iso.datetime(), updatedAt: z.iso.datetime() })
  .meta({ id: 'Attachment' });

const put = createRoute({
  method: 'put',
  path: '/attachments/{name}',
  operationId: 'putAttachment',
  tags,
  summary: 'Say which pipelines and materials go to a destination',
  description: 'Counts for attestations that are accepted from now on.',
  ...requires('administer', 'all'),
  request: { params, body: jsonBody(AttachmentSpec) },
  responses: {
    200: json('Updated or unchanged.', Attachment.extend({ change: Change })),
    201: json('Created.', Attachment.extend({ change: Change })),
    422: problemContent('No such destination, or it could never deliver anything so.'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/attachments',
  operationId: 'listAttachments',
  tags,
  summary: 'Attachments by name',
  ...requires('read'),
  request: { query: z.strictObject({ ...pageQuery, destination: z.string().optional() }) },
  responses: { 200: json('A page.', pageOf(Attachment)) },
});

const get = createRoute({
  method: 'get',
  path: '/attachments/{name}',
  operationId: 'getAttachment',
  tags,
  summary: 'One attachment',
  ...requires('read'),
  request: { params },
  responses: { 200: json('The attachment.', Attachment), 404: problemContent('No such attachment.') },
});

const remove = createRoute({
  method: 'delete',
  path: '/attachments/{name}',
  operationId: 'deleteAttachment',
  tags,
  summary: 'Detach; what that would strand is said and asked for first',
  description:
    'Without a word, only one whose deliveries have all ended. Else `keepOpen` lets what was planned go on, or, after a `dryRun`, `skipOpen` ends it (what is being sent may arrive anyway and is logged). Repeated, it goes on where it stopped.',
  ...requires('administer', 'all'),
  request: { params, query: AttachmentRemoval },
  responses: {
    200: json('What it strands, or what was ended with it.', Removal),
    204: { description: 'It is gone, and nothing was stranded.' },
    400: problemContent('`skipOpen` without the count that was seen, or without a reason.'),
    404: problemContent('No such attachment.'),
    409: problemContent('Deliveries of it are open, or more than expected: `stranded` says which.'),
  },
});

export function attachmentRoutes(deps: ApiDeps) {
  const { db, clock } = deps;
  const router = createRouter();

  router.openapi(put, async (c) => {
    const { name } = c.req.valid('param');
    const spec = c.req.valid('json');
    await checkSpec(deps, spec);
    const by = actorOf(c.get('principal'));
    const outcome = await db.attachments.put({ name, spec, by, at: clock().toISOString() });
    if (!outcome) throw noDestination(spec.destination);
    return c.json({ ...view(outcome.record), change: changeOf(outcome) }, statusOf(outcome));
  });

  router.openapi(list, async (c) => {
    const { destination, ...query } = c.req.valid('query');
    const page = await db.attachments.list({ destination }, pageRequest(query));
    return c.json(answerPage(c, page, view), 200);
  });

  router.openapi(get, async (c) => {
    const { name } = c.req.valid('param');
    const found = await db.attachments.get(name);
    if (!found || found.deletedAt) throw notFound('attachment', name);
    return c.json(view(found), 200);
  });

  router.openapi(remove, async (c) => {
    const { name } = c.req.valid('param');
    const consent = { ...c.req.valid('query'), by: actorOf(c.get('principal')) };
    const attachment = await db.attachments.get(name);
    if (!attachment) throw notFound('attachment', name);
    const doomed: Doomed = { kind: 'attachment', name, filter: { attachmentUid: attachment.uid }, attachments: [] };
    const done = await removeAsked(deps, doomed, consent, async (who) => {
      const { deleted } = await db.attachments.delete(name, { ...who, keepOpen: consent.keepOpen });
      return deleted;
    });
    return done.removed && done.open.count === 0 ? c.body(null, 204) : c.json(done, 200);
  });
  return router;
}

/** Refuses what could never deliver anything: nobody would notice. */
async function checkSpec({ db, integrations }: ApiDeps, spec: AttachmentSpec): Promise<void> {
  const destination = await db.destinations.get(spec.destination);
  if (!destination) throw noDestination(spec.destination);
  const integration = integrations[destination.spec.integration];
  if (!integration) throw notFound('integration', destination.spec.integration);
  const { types = [] } = spec.materials;
  const { takes } = integration;
  const errors = [
    ...checkAttachmentOptions(integration, spec.options).map(({ path, message }) => ({
      path: ['spec', ...path].join('.'),
      message,
    })),
    ...types
      .filter((type) => !MATERIAL_TYPES.includes(type))
      .map((type) => refuseType(`${JSON.stringify(type)} is not a type of material`)),
  ];
  if (types.length > 0 && takes !== 'attestation' && !types.some((type) => takes.includes(type)))
    errors.push(
      refuseType(
        `${integration.id} takes ${takes.join(', ')}, and none of these is selected: nothing would ever be delivered`,
      ),
    );
  if (errors.length === 0) return;
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join(' | ');
  throw problem(422, 'attachment.invalid', detail, { more: { errors } });
}

const refuseType = (message: string) => ({ path: 'spec.materials.types', message });

const noDestination = (name: string) =>
  problem(
    422,
    'destination.unknown',
    `expected the name of a destination, found ${JSON.stringify(name)}, which does not exist; put the destination first`,
  );

const view = ({ name, spec, createdAt, updatedAt }: AttachmentRecord) => ({ name, spec, createdAt, updatedAt });
