import { setTimeout as delay } from 'node:timers/promises';
import type { Installation } from '../support/installation.ts';
import type { DeliveryView, DestinationView } from '../support/tenant.ts';
import type { Records } from './records.ts';

const LOOK_EVERY_MS = 500;
const ACT_EVERY_MS = 3000;

/** What an operator did while everything drained. */
export type Operated = { retried: number; tested: number };

/**
 * Waits until everything has its verdict, every delivery has ended, and no workflow runs. An operator retries what is
 * blocked; an `impatient` one also tests broken destinations and retries what waits. Resolves when nothing is
 * open or the time is up.
 */
export async function settle(
  { http, client }: Pick<Installation, 'http' | 'client'>,
  records: Records,
  { withinMs, impatient, signal }: { withinMs: number; impatient: boolean; signal?: AbortSignal | undefined },
): Promise<{ operated: Operated; openWorkflows: string[] }> {
  const operated: Operated = { retried: 0, tested: 0 };
  const until = performance.now() + withinMs;
  let actedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { undecided, deliveries } = records.open();
    const isOver = performance.now() > until;
    if (undecided + deliveries === 0 || isOver) {
      const openWorkflows = await runningWorkflows({ client });
      if (openWorkflows.length === 0 || isOver) return { operated, openWorkflows };
    } else if (performance.now() - actedAt > ACT_EVERY_MS) {
      actedAt = performance.now();
      await operate({ http }, impatient, operated);
    }
    await delay(LOOK_EVERY_MS, undefined, signal && { signal });
  }
}

async function operate({ http }: Pick<Installation, 'http'>, impatient: boolean, operated: Operated): Promise<void> {
  const states = impatient ? 'blocked,waiting' : 'blocked';
  const { body } = await http.get<{ items: DeliveryView[] }>(`/v1/deliveries?state=${states}&held=false&limit=200`);
  for (const { id, command } of body.items) {
    if (command) continue;
    await http.post(`/v1/deliveries/${id}/retry`);
    operated.retried += 1;
  }
  if (!impatient) return;
  const destinations = (await http.get<{ items: DestinationView[] }>('/v1/destinations')).body.items;
  for (const { name, holds } of destinations) {
    if (holds.length === 0) continue;
    await http.post(`/v1/destinations/${name}/test`);
    operated.tested += 1;
  }
}

/** What Temporal still runs, read from its own list. */
async function runningWorkflows({ client }: Pick<Installation, 'client'>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' }))
    ids.push(workflowId);
  return ids;
}
