import type { DeliveryWork } from '../db/deliveries.ts';
import { describeDelivery } from './describe.ts';
import type { DeliveryForIntegration, Integration } from './integrations/define.ts';

/** Deliveries with the same key never overlap, and an older one never overwrites a newer one. Null: in no order. */
export function orderKeyOf(integration: Integration, work: DeliveryWork): string | null {
  const delivery: Omit<DeliveryForIntegration, 'attempt'> = describeDelivery(work, 0);
  const options = integration.options.safeParse(work.attachment.spec.options);
  return options.success ? (integration.orderBy?.(options.data, delivery) ?? null) : null;
}
