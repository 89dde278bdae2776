import type { z } from '@hono/zod-openapi';
import type { AttestationRecord } from '../../db/attestations.ts';
import type { DeliveryRecord } from '../../db/deliveries.ts';
import type { JudgementRecord, MaterialRecord } from '../../db/judgements.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import type { Attestation, AttestationSummary, Judgement } from './schema.ts';

const SHOWN_DELIVERIES = 200;

/** An attestation as it is answered, with the given judgement or else the one that counts. */
export async function viewAttestation(
  deps: ApiDeps,
  c: ApiContext,
  record: AttestationRecord,
  judgement: JudgementRecord = record.judgement,
): Promise<z.output<typeof Attestation>> {
  const [materials, deliveries] = await Promise.all([
    deps.db.attestations.materials(record.id),
    deps.db.deliveries.list({ attestation: record.id }, { limit: SHOWN_DELIVERIES }, deps.clock().toISOString()),
  ]);
  return {
    ...identityOf(record, judgement),
    receivedBy: record.receivedBy,
    statements: record.statements.map(({ sha256, size }) => ({ sha256, size })),
    ...reasonsOf(judgement),
    materials: materials.map(viewMaterial),
    deliveries: deliveries.items.map(briefOf),
    links: linksOf(deps, c, record, judgement),
  };
}

/** One judgement of an attestation, without what the attestation says by itself. */
export const viewJudgement = (
  deps: ApiDeps,
  c: ApiContext,
  record: AttestationRecord,
  judgement: JudgementRecord,
): z.output<typeof Judgement> => ({
  ...outcomeOf(judgement),
  ...reasonsOf(judgement),
  links: judgementLinks(deps, c, record, judgement),
});

export function summarize(
  deps: ApiDeps,
  c: ApiContext,
  record: AttestationRecord,
): z.output<typeof AttestationSummary> {
  const failed = record.judgement.checks.filter(({ outcome }) => outcome === 'failed').map(({ code }) => code);
  return {
    ...identityOf(record, record.judgement),
    failed: [...new Set(failed)],
    links: { self: selfLink(deps, c, record.id) },
  };
}

export const selfLink = (deps: ApiDeps, c: ApiContext, id: string): string =>
  `${originOf(deps, c)}/v1/attestations/${id}`;

const originOf = ({ config }: ApiDeps, c: ApiContext): string => new URL(config.publicUrl ?? c.req.url).origin;

const identityOf = (record: AttestationRecord, judgement: JudgementRecord) => ({
  id: record.id,
  project: record.project,
  pipeline: record.pipeline,
  ...outcomeOf(judgement),
  receivedAt: record.receivedAt,
  statementDigest: record.statementDigest,
});

const outcomeOf = ({ n, verdict, decidedAt, contract, duplicateOf }: JudgementRecord) => ({
  verdict: verdict ?? ('undecided' as const),
  judgement: n,
  decidedAt,
  contract,
  duplicateOf,
});

const reasonsOf = ({ checks, verification, annotations }: JudgementRecord) => ({ checks, verification, annotations });

function linksOf(deps: ApiDeps, c: ApiContext, record: AttestationRecord, judgement: JudgementRecord) {
  const { id } = record;
  const origin = originOf(deps, c);
  return {
    self: selfLink(deps, c, id),
    deliveries: `${origin}/v1/deliveries?attestation=${id}`,
    ...(deps.page && { console: origin + deps.page.attestationPath(id) }),
    ...judgementLinks(deps, c, record, judgement),
  };
}

function judgementLinks(
  deps: ApiDeps,
  c: ApiContext,
  { id }: AttestationRecord,
  { n, verdict, workflowId }: JudgementRecord,
) {
  const temporal = deps.engine.workflowUrl(workflowId);
  return {
    ...(verdict && { vsa: `${selfLink(deps, c, id)}/vsa?judgement=${n}` }),
    ...(temporal && { temporal }),
  };
}

const viewMaterial = (material: MaterialRecord) => ({
  name: material.name,
  type: material.type,
  slot: material.slot,
  how: material.how,
  sha256: material.sha256,
  size: material.size,
  mediaType: material.mediaType,
  bytes: material.bytes,
  validation: material.validation ?? null,
  facts: material.facts,
  annotations: material.annotations,
});

const briefOf = ({ id, destination, attachment, material, state, stuck }: DeliveryRecord) => ({
  id,
  destination,
  attachment,
  material: material?.name ?? null,
  state,
  stuck,
});
