import type { PlannableAttachment } from '../../attestation/delivery/plan.ts';
import type { ReplaySpec } from '../../attestation/delivery/replay.ts';
import { MATERIAL_TYPES } from '../../attestation/materials/types.ts';
import type { DestinationRecord } from '../../db/destinations.ts';
import type { ApiDeps } from '../deps.ts';
import { asUtc } from '../filters.ts';
import { notFound, problem } from '../problem.ts';

/** What a replay is about, found: nothing done because of a typo must not look like nothing to do. */
export type Aim = { spec: ReplaySpec; destination: DestinationRecord; attachments: PlannableAttachment[] };

type Deps = Pick<ApiDeps, 'db' | 'integrations'>;

/**
 * Looks up what a spec names. Refuses what does not exist (404), a type of material that no check knows (422), and a
 * destination that nothing is attached to (409 `replay.nothing-attached`).
 */
export async function findAim(deps: Deps, given: ReplaySpec): Promise<Aim> {
  const spec = normalised(given);
  const destination = await deps.db.destinations.get(spec.destination);
  if (!destination) throw notFound('destination', spec.destination);
  await assertPipelines(deps, spec);
  const unknown = spec.types?.find((type) => !MATERIAL_TYPES.includes(type));
  if (unknown !== undefined) throw unknownType(unknown);
  return { spec, destination, attachments: await attachmentsOf(deps, spec) };
}

/** Equal specs say the same in the same words. */
const normalised = ({ since, until, pipelines, types, ...spec }: ReplaySpec): ReplaySpec => ({
  ...spec,
  ...(pipelines && { pipelines: [...new Set(pipelines)].sort() }),
  ...(types && { types: [...new Set(types)].sort() }),
  ...(since && { since: asUtc(since) }),
  ...(until && { until: asUtc(until) }),
});

async function assertPipelines({ db }: Deps, { pipelines = [] }: ReplaySpec): Promise<void> {
  for (const glob of pipelines.filter((pipeline) => !pipeline.includes('*'))) {
    const [project = '', pipeline = ''] = glob.split('/');
    if (!(await db.pipelines.get(project, pipeline))) throw notFound('pipeline', glob);
  }
}

async function attachmentsOf(
  { db, integrations }: Deps,
  { destination, attachment: only }: ReplaySpec,
): Promise<PlannableAttachment[]> {
  const attached = (await db.attachments.all()).filter(({ spec }) => spec.destination === destination);
  const chosen = only === undefined ? attached : attached.filter(({ name }) => name === only);
  if (only !== undefined && chosen.length === 0) throw notFound('attachment', only, remedyFor(destination, attached));
  if (chosen.length === 0)
    throw problem(
      409,
      'replay.nothing-attached',
      `expected an attachment to destination ${destination}, found none: nothing is owed to it; put an attachment first`,
    );
  return chosen.flatMap(({ uid, name, spec, integration }) => {
    const takes = integrations[integration]?.takes;
    return takes ? [{ uid, name, spec, takes }] : [];
  });
}

const remedyFor = (destination: string, attached: readonly { name: string }[]): string =>
  attached.length === 0
    ? `Nothing is attached to ${destination}.`
    : `To ${destination} lead ${attached.map(({ name }) => name).join(', ')}.`;

const unknownType = (type: string) =>
  problem(422, 'material-type.unknown', `types: ${JSON.stringify(type)} is not a type of material`, {
    more: { expected: MATERIAL_TYPES.join(', '), found: type },
  });
