import type { z } from '@hono/zod-openapi';
import type { DeliveryFilter } from '../../db/delivery-lists.ts';
import type { Actor } from '../../db/verbs.ts';
import { actOnMany } from '../deliveries/many.ts';
import type { ApiDeps } from '../deps.ts';
import { problem } from '../problem.ts';
import type { Removal } from './schema.ts';

/** One call goes on for so long; the same call again goes on with what is left. */
const PATIENCE_MS = 15_000;

export type Deps = Pick<ApiDeps, 'db' | 'clock' | 'log' | 'integrations'> & { engine: Pick<ApiDeps['engine'], 'wake'> };
type View = z.output<typeof Removal>;

/** What is removed; its deliveries are those of the filter. */
export type Doomed = {
  kind: 'destination' | 'attachment';
  name: string;
  filter: DeliveryFilter;
  attachments: string[];
};
export type Consent = {
  by: Actor;
  dryRun?: boolean | undefined;
  skipOpen?: boolean | undefined;
  keepOpen?: boolean | undefined;
  expectAtMost?: number | undefined;
  detachAtMost?: number | undefined;
  reason?: string | undefined;
};

/** What it would strand now. Nothing is written. */
export async function strandedBy({ db, clock }: Deps, { name, filter, attachments }: Doomed): Promise<View> {
  const at = clock().toISOString();
  const open = { ...filter, open: true };
  const [tallies, { items }] = await Promise.all([
    db.deliveries.tally(open, at),
    db.deliveries.list(open, { limit: 1 }, at),
  ]);
  const states = new Map<string, View['open']['states'][number]>();
  for (const { state, count, example } of tallies) {
    const known = states.get(state);
    if (known) known.count += count;
    else states.set(state, { state, count, example });
  }
  const [oldest] = items;
  return {
    name,
    dryRun: true,
    removed: false,
    attachments,
    open: {
      count: tallies.reduce((total, { count }) => total + count, 0),
      states: [...states.values()],
      oldest: oldest?.createdAt ?? null,
      example: oldest?.id ?? null,
    },
    skipped: 0,
    action: null,
  };
}

/**
 * Removes it once nobody is stranded unasked: refuses with what it would strand (409), or ends that as it was consented
 * to, page by page, each delivery with its audit entry, and then calls `end`, which may refuse still. Repeated, it goes
 * on where it stopped, and does nothing twice.
 */
export async function remove(
  deps: Deps,
  doomed: Doomed,
  consent: Consent,
  end: (who: { by: Actor; at: string; reason?: string | undefined }) => Promise<boolean>,
): Promise<View> {
  const seenAt = new Date(deps.clock().getTime() + 1).toISOString();
  const stranded = await strandedBy(deps, doomed);
  if (consent.dryRun) return stranded;
  const { attachments, open } = stranded;
  const isAsked = open.count === 0 || consent.skipOpen || consent.keepOpen;
  if (!isAsked || (attachments.length > 0 && consent.detachAtMost === undefined)) throw inUse(doomed, stranded);
  if (consent.skipOpen && open.count > (consent.expectAtMost ?? 0)) throw moreThanExpected(doomed, stranded);
  if (attachments.length > (consent.detachAtMost ?? 0)) throw moreThanExpected(doomed, stranded);

  const { by, reason } = consent;
  const who = () => ({ by, at: deps.clock().toISOString(), reason });
  // First, so that nothing more is planned for it.
  for (const attachment of attachments) await deps.db.attachments.delete(attachment, { ...who(), keepOpen: true });
  const ended = consent.skipOpen && open.count > 0 ? await skipAll(deps, doomed, consent, seenAt) : undefined;
  return { ...stranded, dryRun: false, removed: await end(who()), skipped: 0, action: null, ...ended };
}

/** Ends what was there when it was counted: what came since was not consented to, and keeps what it needs from being removed. */
async function skipAll(
  deps: Deps,
  { kind, name, filter }: Doomed,
  { by, reason = '', expectAtMost }: Consent,
  seenAt: string,
) {
  const now = () => deps.clock().getTime();
  const until = now() + PATIENCE_MS;
  const request = {
    filter,
    seenAt,
    action: 'skip',
    reason,
    by,
    expectAtMost,
    about: { removed: { [kind]: name } },
  } as const;
  let skipped = 0;
  let action: string | null = null;
  let cursor: string | undefined;
  do {
    const part = await actOnMany(deps, { ...request, cursor });
    skipped += part.count;
    action ??= part.id;
    cursor = part.next ?? undefined;
  } while (cursor !== undefined && now() < until);
  return { skipped, action };
}

const inUse = ({ kind, name }: Doomed, stranded: View) => {
  const { attachments, open } = stranded;
  const found = [
    ...(kind === 'destination' ? [`${attachments.length} attachments`] : []),
    `${open.count} open deliveries`,
  ].join(' and ');
  const remedy =
    kind === 'destination'
      ? 'wait for them; or look at them (dryRun=true), then end them with it: skipOpen=true with expectAtMost and reason, detachAtMost for its attachments'
      : 'wait for them; or let them go on (keepOpen=true); or look at them (dryRun=true), then end them: skipOpen=true with expectAtMost and reason';
  return problem(409, `${kind}.in-use`, `expected nothing to need ${kind} ${name}, found ${found}`, {
    more: { found, remedy, attachments: attachments.length, openDeliveries: open.count, stranded },
  });
};

const moreThanExpected = ({ kind, name }: Doomed, stranded: View) =>
  problem(
    409,
    `${kind}.more-than-expected`,
    `expected no more attachments and open deliveries of ${kind} ${name} than you have seen, found ${stranded.attachments.length} and ${stranded.open.count}; nothing was done: look again (dryRun=true)`,
    { more: { stranded } },
  );
