import { createRoute, z } from '@hono/zod-openapi';
import { ResourceName } from '../../attestation/resources.ts';
import type { AttestationRecord, Receipt } from '../../db/attestations.ts';
import type { JudgementRecord } from '../../db/judgements.ts';
import type { PipelineRecord } from '../../db/pipelines.ts';
import { Attestation } from '../attestations/schema.ts';
import { viewAttestation } from '../attestations/view.ts';
import { assertPipelineInScope, requires } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import type { Metrics } from '../metrics.ts';
import { notFound, problemContent } from '../problem.ts';
import { createRouter, json } from '../router.ts';
import { answerOf } from './answer.ts';
import { type Patience, parsePrefer } from './prefer.ts';
import { createRecorder } from './record.ts';
import { readSubmission, type Submission } from './submission.ts';

const submit = createRoute({
  method: 'post',
  path: '/pipelines/{project}/{pipeline}/attestations',
  operationId: 'submitAttestation',
  tags: ['attestations'],
  summary: 'Submit an attestation and wait for its verdict',
  description:
    'A DSSE envelope or Sigstore bundle as JSON, up to 16 of them as JSON Lines, or multipart/form-data: part(s) `attestation` and one part per material, named as the material. Any content type but multipart is read as JSON. Sending the same bytes again is safe at any time.',
  ...requires('send'),
  request: {
    params: z.object({ project: ResourceName, pipeline: ResourceName }),
    headers: z.object({
      prefer: z.string().optional().meta({
        description: '`wait=N`: how many seconds to wait for the verdict. `respond-async`: 202 at once.',
      }),
    }),
    body: {
      required: true,
      content: {
        'application/json': { schema: { type: 'object', description: 'A DSSE envelope or a Sigstore bundle.' } },
        'application/jsonl': { schema: { type: 'string' } },
        'multipart/form-data': {
          schema: {
            type: 'object',
            required: ['attestation'],
            properties: { attestation: { type: 'string', format: 'binary' } },
            additionalProperties: { type: 'string', format: 'binary' },
          },
        },
      },
    },
  },
  responses: {
    200: json('Accepted.', Attestation),
    202: json('Recorded; asked for with `Prefer: respond-async`.', Attestation),
    400: problemContent('Not an attestation, or not a whole one.'),
    404: problemContent('No such pipeline.'),
    413: problemContent('Over a limit, which the answer names.'),
    415: problemContent('A Content-Encoding.'),
    422: problemContent('Rejected: the members of `Attestation`, with every failed check.'),
    503: problemContent(
      'With `Retry-After`. Recorded, not judged yet: the members of `Attestation`, and `Location`. Or `submissions.busy`: too much is being read at once, nothing was recorded.',
    ),
    507: problemContent('The disk is full; nothing changed.'),
  },
});

const UNKNOWN_PIPELINE = 'Check its name. A new pipeline is registered once, by SecOps: `waybill apply` of a Pipeline.';

export function submitRoutes(deps: ApiDeps, metrics: Metrics) {
  const record = createRecorder(deps);
  return createRouter().openapi(submit, async (c) => {
    const { project, pipeline: name } = c.req.valid('param');
    const principal = c.get('principal');
    assertPipelineInScope(principal, project, name);
    const pipeline = await deps.db.pipelines.get(project, name);
    if (!pipeline) throw notFound('pipeline', `${project}/${name}`, UNKNOWN_PIPELINE);

    const { receipt, startedAt } = await receive(deps, c, (submission) => record(pipeline, submission, principal));
    const patience = patienceOf(deps, c.req.header('prefer'));
    if (receipt.verdict === null) await judge(deps, pipeline, receipt, patience, untilPointless(c));

    const { attestation, judgement } = await readJudgement(deps, receipt);
    if (receipt.verdict === null) metrics.answered(judgement.verdict, performance.now() - startedAt);
    const body = await viewAttestation(deps, c, attestation, judgement);
    const { status, headers } = answerOf(body, patience);
    return c.json(body, status, headers);
  });
}

/** Apart from the waiting for a verdict, so that nothing holds what was sent meanwhile. */
async function receive(deps: ApiDeps, c: ApiContext, record: (submission: Submission) => Promise<Receipt>) {
  const submission = await readSubmission(deps, c);
  const startedAt = performance.now();
  return { receipt: await record(submission), startedAt };
}

function patienceOf({ config }: ApiDeps, prefer: string | undefined): Patience {
  return parsePrefer(prefer, { defaultMs: config.verdictWaitMs, maxMs: config.verdictWaitMaxMs });
}

/** Aborted when nobody waits for the answer any more, or when the server stops: then "not judged yet" is the answer. */
const untilPointless = (c: ApiContext): AbortSignal =>
  AbortSignal.any([c.req.raw.signal, ...(c.env?.closing ? [c.env.closing] : [])]);

/** Never throws for a Temporal that is away: the row is there, and the sweeper starts what is left. */
async function judge(
  deps: ApiDeps,
  pipeline: PipelineRecord,
  receipt: Receipt,
  patience: Patience,
  signal: AbortSignal,
): Promise<void> {
  const { id, n, workflowId } = receipt;
  const judgement = { id, n, project: pipeline.project, pipeline: pipeline.name, workflowId };
  if (patience.waitMs > 0 && !signal.aborted) await deps.engine.judge(judgement, patience.waitMs, signal);
  else
    deps.engine
      .start(judgement)
      .catch((err: unknown) => deps.log.warn({ err, id, n }, 'judgement not started; the sweeper will'));
}

/** The answer is always read from the row: of the judgement that was asked for, even when a later one exists by now. */
async function readJudgement(
  deps: ApiDeps,
  { id, n }: Receipt,
): Promise<{ attestation: AttestationRecord; judgement: JudgementRecord }> {
  const attestation = await deps.db.attestations.get(id);
  if (!attestation) throw new Error(`expected attestation ${id}, which was received just now, found none`);
  if (attestation.judgement.n === n) return { attestation, judgement: attestation.judgement };
  const earlier = (await deps.db.attestations.judgements(id)).find((judgement) => judgement.n === n);
  return { attestation, judgement: earlier ?? attestation.judgement };
}
