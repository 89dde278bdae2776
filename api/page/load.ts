import { limitsInEffect } from '../../activities/integrations/support/limits.ts';
import { meaningOf } from '../../attestation/delivery/codes.ts';
import type { AttestationFilter } from '../../db/attestations.ts';
import type { CauseGroup, DeliveryFilter } from '../../db/delivery-lists.ts';
import type { DestinationGate } from '../../db/holds.ts';
import { explainCauses } from '../deliveries/causes.ts';
import { seesReplay } from '../replays/access.ts';
import type { AttestationView } from './attestation.ts';
import type { DeliveryView } from './delivery.ts';
import type { PageDeps } from './deps.ts';
import type { DestinationView } from './destination.ts';
import { limitWords } from './destination-limits.ts';
import type { DestinationLine } from './destination-lines.ts';
import { attestationFilter, deliveryFilter, keptQuery, PAGE_SIZE, type Query } from './filters.ts';
import type { Overview } from './overview-tables.ts';
import { maySee, type Viewer } from './viewer.ts';

const MOST_UNDECIDED = 200;
/** More than these at once are not told one by one. */
const MOST_REPLAYS = 10;
/** A worker that is not heard of for this long is taken for dead. */
const WORKER_SILENCE_MS = 30_000;
/** Temporal is asked on every overview: a slow answer must not make the page slow. */
const REACHABLE_WITHIN_MS = 1000;

export async function loadOverview(deps: PageDeps, viewer: Viewer, query: Query, at: Date): Promise<Overview> {
  const { db } = deps;
  const now = at.toISOString();
  const visible: AttestationFilter & DeliveryFilter = { visible: viewer.visible };
  const kept = keptQuery(query, 'deliveries');
  const [causes, blocked, gates, undecided, latest, workers, temporal, deliveries, replays, draining] =
    await Promise.all([
      explainCauses(deps, { ...visible, open: true }, now),
      db.deliveries.causes({ ...visible, state: ['blocked'] }, now),
      db.holds.gates(),
      db.attestations.undecided(now, MOST_UNDECIDED),
      db.attestations.list(visible, { limit: 1 }),
      db.processes.live('worker', new Date(at.getTime() - WORKER_SILENCE_MS).toISOString()),
      within(REACHABLE_WITHIN_MS, deps.engine.reachable()),
      db.deliveries.list(deliveryFilter(kept, viewer), { limit: PAGE_SIZE, cursor: query.cursor }, now),
      db.replays.list({ state: ['running', 'paused'] }, { limit: MOST_REPLAYS }),
      db.holds.draining(),
    ]);
  return {
    causes,
    blocked: blocked.reduce((total, group) => total + group.count, 0),
    lines: linesOf(deps, gates, draining),
    undecided: undecided.filter((one) => maySee(viewer, one)),
    moreUndecided: undecided.length === MOST_UNDECIDED,
    lastReceivedAt: latest.items[0]?.receivedAt ?? null,
    workers: workers.length,
    temporalReachable: temporal,
    replays: replays.items.filter(({ spec }) => seesReplay(viewer.principal, spec)),
    deliveries,
    kept,
    isFirst: query.cursor === undefined,
  };
}

/** Destinations that are held or drain, with what mends the broken ones. */
function linesOf(
  { integrations }: PageDeps,
  gates: readonly DestinationGate[],
  draining: ReadonlyMap<string, number>,
): DestinationLine[] {
  return gates.flatMap((gate) => {
    const left = draining.get(gate.name) ?? 0;
    if (gate.holds.length === 0 && left === 0) return [];
    const code = gate.holds.find(({ kind }) => kind === 'broken')?.code;
    const remedy = code ? meaningOf(code, integrations[gate.integration]?.codes)?.remedy : undefined;
    return [{ gate, left, remedy }];
  });
}

/** Undefined when there is none of this name. */
export async function loadDestination(
  deps: PageDeps,
  viewer: Viewer,
  name: string,
  at: Date,
): Promise<DestinationView | undefined> {
  const { db, integrations } = deps;
  const record = await db.destinations.get(name);
  if (!record) return undefined;
  const [causes, gates, draining, attachments, replays] = await Promise.all([
    explainCauses(deps, { destination: name, visible: viewer.visible, open: true }, at.toISOString()),
    db.holds.gates(),
    db.holds.draining(),
    db.attachments.list({ destination: name }, { limit: PAGE_SIZE }),
    db.replays.list({ destination: name }, { limit: MOST_REPLAYS }),
  ]);
  const gate = gates.find((one) => one.name === name);
  if (!gate) return undefined;
  const [line] = linesOf(deps, [gate], draining);
  const integration = integrations[record.spec.integration];
  return {
    record,
    line: line ?? { gate, left: 0, remedy: undefined },
    isReady: line === undefined,
    limits: integration && limitWords(limitsInEffect(record.spec, integration)),
    causes,
    attachments: attachments.items,
    moreAttachments: attachments.next !== null,
    replays: replays.items.filter(({ spec }) => seesReplay(viewer.principal, spec)),
  };
}

export async function loadDelivery(
  deps: PageDeps,
  viewer: Viewer,
  id: string,
  at: Date,
): Promise<DeliveryView | undefined> {
  const { db } = deps;
  const delivery = await db.deliveries.get(id, at.toISOString());
  if (!delivery || !maySee(viewer, delivery)) return undefined;
  const [attempts, audit, gates] = await Promise.all([
    db.deliveries.attempts(id, { limit: PAGE_SIZE }),
    db.audit.list({ target: id }, { limit: 20 }),
    db.holds.gates(),
  ]);
  const gate = gates.find(({ name }) => name === delivery.destination);
  return {
    delivery,
    attempts: attempts.items,
    moreAttempts: attempts.next !== null,
    removedAttempts: attempts.removed,
    audit: audit.items,
    holds: gate?.holds ?? [],
    probe: gate?.probe ?? null,
    workflowUrl: deps.engine.workflowUrl(delivery.workflowId),
  };
}

/** The verdict of a judgement as signed evidence. */
export async function loadSummary(
  { db }: PageDeps,
  viewer: Viewer,
  id: string,
  n: number,
): Promise<string | undefined> {
  const attestation = await db.attestations.get(id);
  return attestation && maySee(viewer, attestation) ? db.attestations.vsa(id, n) : undefined;
}

export async function loadAttestation(
  deps: PageDeps,
  viewer: Viewer,
  id: string,
  at: Date,
): Promise<AttestationView | undefined> {
  const { db } = deps;
  const attestation = await db.attestations.get(id);
  if (!attestation || !maySee(viewer, attestation)) return undefined;
  const [judgements, materials, deliveries] = await Promise.all([
    db.attestations.judgements(id),
    db.attestations.materials(id),
    db.deliveries.list({ attestation: id }, { limit: PAGE_SIZE }, at.toISOString()),
  ]);
  return {
    attestation,
    judgements,
    materials,
    deliveries: deliveries.items,
    moreDeliveries: deliveries.next !== null,
    workflowUrl: deps.engine.workflowUrl,
  };
}

/** The open deliveries of a cause, as the overview groups them. */
type CauseQuery = { destination: string; code: string; scope: string };

/** Their group, to show how many an action is about. */
export async function findCause(
  deps: PageDeps,
  viewer: Viewer,
  cause: CauseQuery,
  at: Date,
): Promise<CauseGroup | undefined> {
  const filter = { open: true, destination: cause.destination, visible: viewer.visible };
  const groups = await deps.db.deliveries.causes(filter, at.toISOString());
  return groups.find((group) => group.code === cause.code && group.scope === cause.scope);
}

export const loadDeliveryList = async (deps: PageDeps, viewer: Viewer, query: Query, at: Date) => {
  const kept = keptQuery(query, 'deliveries');
  const [page, destinations] = await Promise.all([
    deps.db.deliveries.list(deliveryFilter(kept, viewer), { limit: PAGE_SIZE, cursor: query.cursor }, at.toISOString()),
    deps.db.destinations.all(),
  ]);
  const names = destinations.map((destination) => destination.name);
  return { page, kept, isFirst: query.cursor === undefined, destinations: names, at };
};

export const loadAttestationList = async (deps: PageDeps, viewer: Viewer, query: Query, at: Date) => {
  const kept = keptQuery(query, 'attestations');
  const page = await deps.db.attestations.list(attestationFilter(kept, viewer), {
    limit: PAGE_SIZE,
    cursor: query.cursor,
  });
  return { page, kept, isFirst: query.cursor === undefined, at };
};

const within = async (ms: number, answer: Promise<boolean>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
};
