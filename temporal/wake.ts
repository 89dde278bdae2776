import { randomUUID } from 'node:crypto';
import { type Client, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { DeliveryState } from '../attestation/delivery/state.ts';
import {
  confirmActivityId,
  DECIDE_SIGNAL,
  type DeliveryDecision,
  deliverActivityId,
  isReplayWorkflowId,
} from '../attestation/names.ts';

/** A delivery whose row was written and whose workflow should look at it now. */
export type Wakeable = { id: string; workflowId: string; state: DeliveryState };
/** `gone`: the workflow that hosted it has ended; the sweeper gives it a new one. */
export type Woken = 'woken' | 'gone';

const UNIMPLEMENTED = 12;
const NOT_FOUND = 5;

/**
 * Makes the engine look at a delivery's row. A blocked one waits in its workflow for a signal, and so does a skip; any
 * other is an activity in its backoff, which a reset dispatches within about a second. A replay's lanes look at their rows
 * by themselves.
 */
export async function wakeDelivery(client: Client, delivery: Wakeable, what: DeliveryDecision['what']): Promise<Woken> {
  if (isReplayWorkflowId(delivery.workflowId)) return 'woken';
  if (what === 'skip' || delivery.state === 'blocked') return signal(client, delivery, what);
  const activityId = delivery.state === 'confirming' ? confirmActivityId(delivery.id) : deliverActivityId(delivery.id);
  return resetActivity(client, delivery.workflowId, activityId);
}

async function signal(client: Client, delivery: Wakeable, what: DeliveryDecision['what']): Promise<Woken> {
  try {
    await client.workflow
      .getHandle(delivery.workflowId)
      .signal<[DeliveryDecision]>(DECIDE_SIGNAL, { deliveryIds: [delivery.id], what });
    return 'woken';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'gone';
    throw error;
  }
}

async function resetActivity(client: Client, workflowId: string, activityId: string): Promise<Woken> {
  const namespace = client.options.namespace;
  const identity = client.options.identity;
  const service = client.workflowService;
  try {
    await service.resetActivityExecution({
      namespace,
      identity,
      workflowId,
      activityId,
      requestId: randomUUID(),
      resourceId: `workflow:${workflowId}`,
    });
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === UNIMPLEMENTED)
      return resetByOldName(client, workflowId, activityId);
    return whenNotFound(error);
  }
  return 'woken';
}

/** Servers before 1.30 know the call by its first name only. */
async function resetByOldName(client: Client, workflowId: string, activityId: string): Promise<Woken> {
  const { namespace, identity } = client.options;
  try {
    await client.workflowService.resetActivity({ namespace, identity, execution: { workflowId }, id: activityId });
    return 'woken';
  } catch (error) {
    return whenNotFound(error);
  }
}

/** Not pending, or not running: the delivery moved on by itself, or the sweeper will find it. */
function whenNotFound(error: unknown): Woken {
  if (isGrpcServiceError(error) && error.code === NOT_FOUND) return 'gone';
  throw error;
}
