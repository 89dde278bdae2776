import type { DeliveryState } from '../attestation/delivery/state.ts';
import type { DeliveryRecord } from './deliveries.ts';

/** A delivery as its workflow hosts it. */
export type HostedDelivery = { id: string; destination: string; createdAt: string };

/** Which workflow carries which open deliveries, and what the sweeper does about the rest. */
export type Hosts = {
  /**
   * Deliveries with a command that nobody consumed and nobody sent since `before`, longest ago first; marks them as sent.
   * Those of a held destination have time until it is held no more.
   */
  staleCommands(before: string, limit: number, at: string): Promise<DeliveryRecord[]>;
  /**
   * Deliveries that were ended by somebody else than their workflow (skipped, superseded), which nobody told it of since
   * `before`; longest ago first; marks them as told of now. `told` ends the telling.
   */
  untold(
    before: string,
    limit: number,
    at: string,
  ): Promise<{ id: string; workflowId: string; state: DeliveryState }[]>;
  told(id: string): Promise<void>;
  /** Workflows of open deliveries that nobody looked at since `before`, oldest first; marks them as looked at. */
  toCheck(before: string, limit: number, at: string): Promise<{ workflowId: string; attestationId: string }[]>;
  /** Moves the open deliveries of a workflow that is gone to the next `redelivery/<attestation>/<n>`; undefined when none is open. */
  rehost(
    workflowId: string,
    attestationId: string,
    at: string,
  ): Promise<{ workflowId: string; deliveries: HostedDelivery[] } | undefined>;
  /** Open deliveries of one workflow: what a redelivery hosts. */
  hosted(workflowId: string): Promise<HostedDelivery[]>;
};
