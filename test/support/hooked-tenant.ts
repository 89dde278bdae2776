import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Installation } from './installation.ts';
import { createFaultProxy } from './receivers/fault-proxy.ts';
import { createWebhookReceiver } from './receivers/webhook.ts';
import { type AttestationView, createTenant } from './tenant.ts';
import { aWebhookSecret } from './webhook-secret.ts';

/** A project whose attestations go to one webhook, through a proxy that lets calls go wrong. */
export type HookedTenant = Awaited<ReturnType<typeof createHookedTenant>>;

export async function createHookedTenant(house: Installation, more: { timeout?: string } = {}) {
  const tenant = await createTenant(house);
  const secret = aWebhookSecret();
  const hook = await createWebhookReceiver(secret);
  const proxy = await createFaultProxy(hook.url);
  const destination = await tenant.webhook(proxy.url, secret, more);
  return {
    ...tenant,
    hook,
    proxy,
    secret,
    destinationName: destination,
    close: () => Promise.all([proxy.close(), hook.close()]),

    async attestations(verdict: 'accepted' | 'undecided'): Promise<AttestationView[]> {
      const path = `/v1/attestations?project=${tenant.project}&verdict=${verdict}&limit=200`;
      return (await house.http.get<{ items: AttestationView[] }>(path)).body.items;
    },

    /** Everything that was accepted arrives: `count` deliveries, each under its own key and no other. */
    async untilAllDelivered(count: number): Promise<void> {
      await eventually(
        async () =>
          expect((await tenant.deliveries()).map(({ state }) => state)).toEqual(
            Array.from({ length: count }, () => 'delivered'),
          ),
        { withinMs: 90_000 },
      );
      const keys = (await tenant.deliveries()).map(({ idempotencyKey }) => idempotencyKey);
      expect(new Set(keys).size).toBe(count);
      expect([...hook.ledger.keys()].sort()).toEqual(keys.sort());
    },
  };
}
