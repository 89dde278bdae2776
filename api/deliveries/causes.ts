import { type CodeMeaning, meaningOf } from '../../attestation/delivery/codes.ts';
import { type Remedy, remediesFor } from '../../attestation/delivery/remedies.ts';
import type { CauseGroup, DeliveryFilter } from '../../db/delivery-lists.ts';
import type { ApiDeps } from '../deps.ts';

/** A cause with what its code means and what makes sense now. */
export type ExplainedCause = CauseGroup & { means: string | null; remedies: Remedy[] };

/** Open deliveries by cause, each with what can be done about it as its destination stands. For API, CLI and page. */
export async function explainCauses(
  { db, integrations }: Pick<ApiDeps, 'db' | 'integrations'>,
  filter: DeliveryFilter,
  at: string,
): Promise<ExplainedCause[]> {
  const [groups, gates, draining] = await Promise.all([
    db.deliveries.causes(filter, at),
    db.holds.gates(),
    db.holds.draining(),
  ]);
  const standing = new Map(gates.map((gate) => [gate.name, gate]));
  return groups.map((group) => {
    const gate = standing.get(group.destination);
    const codes: Readonly<Record<string, CodeMeaning>> | undefined = integrations[gate?.integration ?? '']?.codes;
    const meaning = group.scope === 'none' ? undefined : meaningOf(group.code, codes);
    const isHeldBy = (kind: 'operator' | 'broken') => gate?.holds.some((hold) => hold.kind === kind) ?? false;
    const remedies = remediesFor({
      ...group,
      meaning,
      isStuck: group.stuck > 0,
      isPaused: isHeldBy('operator'),
      isBroken: isHeldBy('broken'),
      isDraining: (draining.get(group.destination) ?? 0) > 0,
    });
    return { ...group, means: meaning?.means ?? null, remedies };
  });
}
