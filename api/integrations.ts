import { createRoute, z } from '@hono/zod-openapi';
import { toCatalogueEntry } from '../activities/integrations/support/catalogue.ts';
import { requires } from './auth/require.ts';
import type { ApiDeps } from './deps.ts';
import { createRouter, json } from './router.ts';

const schema = (description: string) => z.record(z.string(), z.unknown()).meta({ description });

const IntegrationEntry = z
  .object({
    id: z.string(),
    title: z.string(),
    summary: z.string(),
    takes: z
      .union([z.literal('attestation'), z.array(z.string())])
      .meta({ description: 'Material types, one delivery each; or one for the whole attestation.' }),
    dedupe: z.enum(['natural', 'key', 'probe', 'none']),
    limits: z.object({ timeoutMs: z.number(), maxBytes: z.number(), concurrency: z.number() }),
    testHasEffects: z.boolean(),
    confirms: z
      .boolean()
      .meta({ description: 'The receiver works asynchronously; a delivery is done once it confirms.' }),
    config: schema('JSON Schema of the settings of a destination.'),
    secrets: schema('JSON Schema of its secrets.'),
    options: schema('JSON Schema of the options of an attachment.'),
  })
  .meta({ id: 'Integration' });

const list = createRoute({
  method: 'get',
  path: '/integrations',
  operationId: 'listIntegrations',
  tags: ['destinations'],
  summary: 'Kinds of receivers, with the JSON Schema of their settings',
  ...requires('read'),
  responses: { 200: json('All of them.', z.object({ items: z.array(IntegrationEntry), next: z.null() })) },
});

export const integrationRoutes = ({ integrations }: ApiDeps) =>
  createRouter().openapi(list, (c) => {
    const items = Object.values(integrations).map((integration) => {
      const { takes, ...rest } = toCatalogueEntry(integration);
      return { ...rest, takes: typeof takes === 'string' ? takes : [...takes] };
    });
    return c.json({ items, next: null }, 200);
  });
