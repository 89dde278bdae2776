import { createRoute, z } from '@hono/zod-openapi';
import type { ContractChecked } from '../attestation/contract/again.ts';
import { DurationText, parseDuration } from '../attestation/duration.ts';
import { ResourceName } from '../attestation/resources.ts';
import { Check, Verdict } from '../attestation/verdict.ts';
import { requires } from './auth/require.ts';
import { contractBody, readContract } from './contracts.ts';
import type { ApiDeps } from './deps.ts';
import { problem, problemContent } from './problem.ts';
import { createRouter, json } from './router.ts';

const MINUTE_MS = 60_000;
const LARGEST = 64 * 2 ** 20;

const Difference = z
  .object({
    attestation: z.string(),
    judgement: z.int(),
    project: z.string(),
    pipeline: z.string(),
    receivedAt: z.iso.datetime(),
    before: Verdict.meta({ description: 'The verdict on record.' }),
    after: Verdict.meta({ description: 'What it would have been; the same where only warnings differ.' }),
    now: z.array(Check).meta({ description: 'Checks that would fail or warn, and did not.' }),
    noLonger: z.array(Check).meta({ description: 'Checks that failed or warned, and would not.' }),
  })
  .meta({ id: 'ContractDifference' });

const Checked = z
  .object({
    judged: z.int().meta({ description: 'How many were held against it.' }),
    same: z.int(),
    wouldReject: z.int().meta({ description: 'Accepted then, and rejected by this contract.' }),
    wouldAccept: z.int(),
    wouldWarn: z.int().meta({ description: 'The same verdict, with a warning that is new.' }),
    truncated: z.boolean().meta({ description: 'There were more than `limit`.' }),
    differences: z.array(Difference).meta({ description: 'Newest first.' }),
    unclear: z
      .array(z.object({ attestation: z.string(), reason: z.string() }))
      .meta({ description: 'Those of which nobody can tell without judging them.' }),
  })
  .meta({ id: 'ContractChecked' });

const check = createRoute({
  method: 'post',
  path: '/contracts/{name}/check',
  operationId: 'checkContract',
  tags: ['contracts'],
  summary: 'Which past attestations this contract would have judged otherwise',
  description:
    'Nothing is applied, judged or delivered. Each is held against the contract as of the time of its judgement, with what was verified then.',
  ...requires('administer', 'all'),
  request: {
    params: z.object({ name: ResourceName }),
    query: z.strictObject({
      against: DurationText.default('30d').meta({ description: 'Those received within this time.' }),
      pipeline: z
        .string()
        .regex(/^[^/]+\/[^/]+$/, 'expected project/pipeline')
        .optional()
        .meta({ description: '`project/pipeline`; without it, all that are bound to the contract of this name.' }),
      limit: z.coerce
        .number()
        .int()
        .min(1)
        .max(1000)
        .default(200)
        .meta({ description: 'At most so many, the latest.' }),
    }),
    body: contractBody,
  },
  responses: {
    200: json('What would differ.', Checked),
    422: problemContent('Not a contract; `errors` has every place.'),
    503: problemContent('No worker answered in time.'),
  },
});

export const contractCheckRoutes = (deps: ApiDeps) =>
  createRouter().openapi(check, async (c) => {
    const { name } = c.req.valid('param');
    const { against, limit, pipeline } = c.req.valid('query');
    const text = readContract(name, await c.req.arrayBuffer());
    const { sha256: digest } = await deps.store.put(Buffer.from(text), { maxBytes: LARGEST });
    const [project = '', named = ''] = pipeline?.split('/') ?? [];
    const from = deps.clock().getTime() - (parseDuration(against) ?? 0);
    const asked = {
      name,
      digest,
      pipeline: pipeline === undefined ? null : { project, pipeline: named },
      // Whole minutes: who asks again soon joins what is running.
      since: new Date(Math.floor(from / MINUTE_MS) * MINUTE_MS).toISOString(),
      limit,
    };
    const answer = await deps.engine.checkContract(asked, deps.config.testWaitMs);
    if (!answer) throw unanswered(deps.config.testWaitMs);
    return c.json(count('kept' in answer ? await readKept(deps, answer.kept) : answer), 200);
  });

async function readKept({ store }: ApiDeps, kept: string): Promise<ContractChecked> {
  return JSON.parse((await store.read(kept, LARGEST)).toString('utf8')) as ContractChecked;
}

const count = (checked: ContractChecked): z.output<typeof Checked> => {
  const otherwise = checked.differences.filter(({ before, after }) => before !== after);
  const wouldReject = otherwise.filter(({ after }) => after === 'rejected').length;
  return {
    ...checked,
    wouldReject,
    wouldAccept: otherwise.length - wouldReject,
    wouldWarn: checked.differences.length - otherwise.length,
  };
};

const unanswered = (waitedMs: number) =>
  problem(
    503,
    'contract-check.unanswered',
    `expected a worker to hold the contract against the past within ${waitedMs / 1000} s, none did; ask again, for fewer (limit), or see whether workers and Temporal run`,
    { headers: { 'retry-after': '10' } },
  );
