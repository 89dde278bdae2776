import type { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { requestId } from 'hono/request-id';
import { attachmentRoutes } from './attachments.ts';
import { evidenceRoutes } from './attestations/evidence.ts';
import { judgeRoutes } from './attestations/judge.ts';
import { judgementRoutes } from './attestations/judgements.ts';
import { attestationRoutes } from './attestations/routes.ts';
import { vsaRoutes } from './attestations/vsa.ts';
import { auditRoutes } from './audit.ts';
import { requireToken } from './auth/require.ts';
import { blobRoutes } from './blobs.ts';
import { contractCheckRoutes } from './contract-check.ts';
import { contractRoutes } from './contracts.ts';
import { deliveryActionRoutes } from './deliveries/actions.ts';
import { manyDeliveriesRoutes } from './deliveries/many-routes.ts';
import { deliveryRoutes } from './deliveries/routes.ts';
import type { ApiDeps } from './deps.ts';
import { destinationActionRoutes } from './destinations/actions.ts';
import { destinationRoutes } from './destinations/routes.ts';
import type { ApiEnv } from './env.ts';
import { answerError } from './errors.ts';
import { healthRoutes } from './health.ts';
import { honourIdempotencyKey } from './idempotency.ts';
import { tooLarge } from './ingest/body.ts';
import { submitRoutes } from './ingest/submit.ts';
import { integrationRoutes } from './integrations.ts';
import { logRequests } from './logging.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { pipelineRoutes } from './pipelines.ts';
import { replayActionRoutes } from './replays/actions.ts';
import { replayRoutes } from './replays/routes.ts';
import { createRouter } from './router.ts';
import { showsSecret, tokenRoutes } from './tokens.ts';
import { trustKeyRoutes } from './trust-keys.ts';
import { trustRootRoutes } from './trust-roots.ts';
import { answerUnknownRoute } from './unknown-route.ts';
import { verdictKeyRoutes } from './verdict-keys.ts';

/** The whole HTTP side: `/v1` behind tokens, the probes, and the console where there is one. */
export function createApi(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const metrics = createMetrics(deps);
  const app = createRouter();
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.use(requestId({ limitLength: 100 }), logRequests(deps.log));
  app.onError((error, c) => answerError(deps, error, c));
  app.notFound((c) => answerUnknownRoute(app, c));
  app.route('/', healthRoutes(deps, metrics));
  app.route('/v1', verdictKeyRoutes(deps));
  app.route('/v1', createV1(deps, metrics));
  app.get('/openapi.json', (c) => c.json(openApiDocument(app)));
  if (deps.page) app.route('/', deps.page.app);
  return app;
}

/** Order matters: what streams its body comes before everything that reads bodies whole. */
function createV1(deps: ApiDeps, metrics: Metrics): OpenAPIHono<ApiEnv> {
  const v1 = createRouter();
  v1.use(requireToken(deps));
  for (const routes of [submitRoutes(deps, metrics), blobRoutes(deps)]) v1.route('/', routes);

  const { resourceBytes } = deps.config.limits;
  v1.use(
    bodyLimit({
      maxSize: resourceBytes,
      onError: () => {
        throw tooLarge('a body', resourceBytes);
      },
    }),
  );
  v1.use(honourIdempotencyKey(deps, showsSecret));
  const rooms = [
    attestationRoutes,
    evidenceRoutes,
    judgementRoutes,
    vsaRoutes,
    judgeRoutes,
    pipelineRoutes,
    contractRoutes,
    contractCheckRoutes,
    trustKeyRoutes,
    trustRootRoutes,
    integrationRoutes,
    destinationRoutes,
    destinationActionRoutes,
    attachmentRoutes,
    deliveryRoutes,
    deliveryActionRoutes,
    manyDeliveriesRoutes,
    replayRoutes,
    replayActionRoutes,
    auditRoutes,
    tokenRoutes,
  ];
  for (const room of rooms) v1.route('/', room(deps));
  return v1;
}
