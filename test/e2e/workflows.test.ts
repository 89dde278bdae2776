import { ApplicationFailure } from '@temporalio/common';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { deliveryFailure } from '../../activities/failure.ts';
import { ATTESTATIONS_QUEUE, DECIDE_SIGNAL, type DeliveryDecision, LOOK_SIGNAL } from '../../attestation/names.ts';
import type { backfill } from '../../workflows/backfill.ts';
import type { redelivery } from '../../workflows/redelivery.ts';
import type { Concluded, Judged, Steps } from '../../workflows/steps.ts';
import { createWorkflowWorld, type WorkflowWorld } from '../support/workflow-world.ts';

const ref = { id: 'att_test', n: 1 };
const decision: Judged = {
  verdict: 'accepted',
  checks: [],
  materials: [],
  owner: undefined,
  runner: null,
  annotations: {},
  subjects: [],
  verification: [],
};
const accepted = (deliveries: Concluded['deliveries']): Concluded => ({
  verdict: 'accepted',
  duplicateOf: null,
  pipeline: 'acme/release',
  contract: 'skynet@1',
  deliveries,
});

let world: WorkflowWorld | undefined;
afterEach(async () => {
  await world?.dispose();
  world = undefined;
});

/** A world whose judgement accepts and hosts what `deliveries` says. */
async function open(
  steps: Partial<Steps>,
  deliveries: (world: WorkflowWorld) => Concluded['deliveries'] = () => [],
): Promise<WorkflowWorld> {
  const made: WorkflowWorld = await createWorkflowWorld(inject('temporalAddress'), {
    verify: async () => ({ decided: false, statements: [], checks: [] }),
    check: async () => ({ ready: true, decision }),
    conclude: async () => accepted(deliveries(made)),
    ...steps,
  });
  world = made;
  return made;
}

const describeWorkflow = async (made: WorkflowWorld, workflowId: string) => {
  const { searchAttributes, status } = await made.client.workflow.getHandle(workflowId).describe();
  return { ...(searchAttributes as Record<string, unknown[]>), status: status.name };
};
const decide = (made: WorkflowWorld, workflowId: string, decision: DeliveryDecision) =>
  made.client.workflow.getHandle(workflowId).signal<[DeliveryDecision]>(DECIDE_SIGNAL, decision);
const result = (made: WorkflowWorld, workflowId: string) => made.client.workflow.getHandle(workflowId).result();

describe('the workflow of a judgement', () => {
  it('answers the update once it is concluded, and ends done', async () => {
    const made = await open({});
    const { verdict, workflowId } = await made.start(ref);
    expect(verdict).toBe('accepted');
    expect(await result(made, workflowId)).toEqual({ verdict: 'accepted', deliveries: 0 });
    expect(await describeWorkflow(made, workflowId)).toMatchObject({
      AttState: ['done'],
      AttVerdict: ['accepted'],
      AttContract: ['skynet@1'],
    });
  });

  it('reads what was recorded instead of judging again', async () => {
    const check = vi.fn();
    const concluded: unknown[] = [];
    const made = await open({
      verify: async () => ({ decided: true }),
      check,
      conclude: async (_ref, judged) => {
        concluded.push(judged);
        return { ...accepted([]), verdict: 'rejected' };
      },
    });
    expect((await made.start(ref)).verdict).toBe('rejected');
    expect(concluded).toEqual([null]);
    expect(check).not.toHaveBeenCalled();
  });

  it('goes on as a durable activity when a local step keeps failing', async () => {
    let failures = 4;
    const made = await open({
      conclude: async () => {
        if (failures-- > 0) throw new Error('the database is away');
        return accepted([]);
      },
    });
    expect((await made.start(ref)).verdict).toBe('accepted');
  });

  it('has heavy content inspected by an activity before it checks again', async () => {
    const inspected: string[] = [];
    const made = await open({
      check: async () =>
        inspected.length === 0 ? { ready: false, heavy: [{ sha256: 'aa', type: 'SARIF' }] } : { ready: true, decision },
      inspect: async (_ref, content) => void inspected.push(content.sha256),
    });
    expect((await made.start(ref)).verdict).toBe('accepted');
    expect(inspected).toEqual(['aa']);
  });

  it('fails for good, without asking for ever, when its judgement does not exist', async () => {
    const made = await open({
      verify: async () => {
        throw ApplicationFailure.nonRetryable('no such judgement', 'JUDGEMENT_MISSING');
      },
    });
    await expect(made.start(ref)).rejects.toThrow();
  });
});

describe('the deliveries of a workflow', () => {
  it('are retried by the server until they arrive, without costing history', async () => {
    let failures = 5;
    const made = await open(
      {
        deliver: async () => {
          if (failures-- > 0) throw deliveryFailure('Retry', 'HTTP 503', 20);
          return { state: 'delivered' };
        },
      },
      (it) => [it.hosted('dlv_a')],
    );
    const { workflowId } = await made.start(ref);
    await result(made, workflowId);
    const history = await made.client.workflow.getHandle(workflowId).fetchHistory();
    const scheduled = history.events?.filter((event) => event.activityTaskScheduledEventAttributes) ?? [];
    expect(scheduled).toHaveLength(1);
    expect(await describeWorkflow(made, workflowId)).toMatchObject({
      AttState: ['done'],
      AttDelivery: [`final:${made.destination}`],
    });
  });

  it('are confirmed by a second durable step when the receiver works asynchronously', async () => {
    const steps: string[] = [];
    const made = await open(
      {
        deliver: async () => {
          steps.push('deliver');
          return { state: 'confirming' };
        },
        confirm: async () => {
          steps.push('confirm');
          if (steps.length < 3) throw deliveryFailure('Pending', 'processing', 20);
          return { state: 'delivered' };
        },
      },
      (it) => [it.hosted('dlv_a')],
    );
    const { workflowId } = await made.start(ref);
    await result(made, workflowId);
    expect(steps).toEqual(['deliver', 'confirm', 'confirm']);
  });

  it('show as stuck by age, although nothing failed, and are done when they arrive after all', async () => {
    let arrived = false;
    const made = await open(
      {
        deliver: async () => {
          if (!arrived) throw deliveryFailure('Held', 'held', 100);
          return { state: 'delivered' };
        },
      },
      (it) => [it.hosted('dlv_a', { stuckAfterMs: 300 })],
    );
    const { workflowId } = await made.start(ref);
    await vi.waitFor(
      async () =>
        expect(await describeWorkflow(made, workflowId)).toMatchObject({
          AttState: ['stuck'],
          AttDelivery: [`stuck:${made.destination}`],
        }),
      { timeout: 20_000, interval: 100 },
    );
    arrived = true;
    await result(made, workflowId);
    expect(await describeWorkflow(made, workflowId)).toMatchObject({ AttState: ['done'], status: 'COMPLETED' });
  });

  it('wait for an operator when blocked, and go on at his word', async () => {
    let mended = false;
    const made = await open(
      {
        deliver: async () => {
          if (!mended) throw deliveryFailure('Blocked', 'HTTP 422: no such field');
          return { state: 'delivered' };
        },
      },
      (it) => [it.hosted('dlv_a')],
    );
    const { workflowId } = await made.start(ref);
    const blocked = async () =>
      expect(await describeWorkflow(made, workflowId)).toMatchObject({ AttState: ['blocked'] });
    await vi.waitFor(blocked, { timeout: 20_000, interval: 100 });
    mended = true;
    await decide(made, workflowId, { deliveryIds: ['dlv_unknown', 'dlv_a'], what: 'retry' });
    await result(made, workflowId);
  });

  it('end at once when an operator skips one that waits for its next try', async () => {
    const made = await open(
      {
        deliver: async () => {
          throw deliveryFailure('Retry', 'HTTP 503', 600_000);
        },
      },
      (it) => [it.hosted('dlv_a')],
    );
    const { workflowId } = await made.start(ref);
    await decide(made, workflowId, { deliveryIds: ['dlv_a'], what: 'skip' });
    expect(await result(made, workflowId)).toEqual({ verdict: 'accepted', deliveries: 1 });
  });

  it('end at once when an operator skips a blocked one, though its destination asks for no work any more', async () => {
    const deliver = vi.fn(async () => {
      throw deliveryFailure('Blocked', 'HTTP 422: no such field');
    });
    const made = await open({ deliver }, (it) => [it.hosted('dlv_a')]);
    const { workflowId } = await made.start(ref);
    const blocked = async () =>
      expect(await describeWorkflow(made, workflowId)).toMatchObject({ AttState: ['blocked'] });
    await vi.waitFor(blocked, { timeout: 20_000, interval: 100 });
    await decide(made, workflowId, { deliveryIds: ['dlv_a'], what: 'skip' });
    expect(await result(made, workflowId)).toEqual({ verdict: 'accepted', deliveries: 1 });
    expect(deliver).toHaveBeenCalledTimes(1);
    expect(await describeWorkflow(made, workflowId)).toMatchObject({ AttState: ['done'] });
  });

  it('never have more than a hundred to one destination in flight', async () => {
    let inFlight = 0;
    let most = 0;
    const made = await open(
      {
        deliver: async () => {
          inFlight += 1;
          most = Math.max(most, inFlight);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inFlight -= 1;
          return { state: 'delivered' };
        },
      },
      (it) => Array.from({ length: 130 }, (_, index) => it.hosted(`dlv_${index}`)),
    );
    const { workflowId } = await made.start(ref);
    expect(await result(made, workflowId)).toEqual({ verdict: 'accepted', deliveries: 130 });
    expect(most).toBeLessThanOrEqual(100);
  });

  it('find a new host in a redelivery, which asks the rows what it hosts', async () => {
    const asked: string[] = [];
    const made = await open({
      hosted: async (workflowId) => {
        asked.push(workflowId);
        return [made.hosted('dlv_a')];
      },
      deliver: async () => ({ state: 'delivered' }),
    });
    expect(made.queue).not.toBe(ATTESTATIONS_QUEUE);
    const workflowId = `redelivery/att_${made.queue}/1`;
    const handle = await made.client.workflow.start<typeof redelivery>('redelivery', {
      workflowId,
      taskQueue: made.queue,
      args: [],
    });
    expect(await handle.result()).toEqual({ deliveries: 1 });
    expect(asked).toEqual([workflowId]);
  });
});

describe('the workflow of a replay', () => {
  const start = (made: WorkflowWorld) =>
    made.client.workflow.start<typeof backfill>('backfill', {
      workflowId: `replay/rpl_${made.queue}`,
      taskQueue: made.queue,
      args: [`rpl_${made.queue}`],
    });
  const plan = (made: WorkflowWorld) => ({ destination: made.destination, mode: 'missing', queued: 7 }) as const;

  it('has its lanes take turns until it is over, and goes on in a new run when there are to be more of them', async () => {
    const turns: [number, number][] = [];
    let wanted = 1;
    const isOver = () => turns.length >= 6;
    const made = await open({
      openReplay: async () =>
        isOver()
          ? { ...plan(made), over: true, state: 'done' }
          : { ...plan(made), over: false, lanes: wanted, total: 9 },
      deliverPage: async (_id, lane, lanes) => {
        turns.push([lane, lanes]);
        if (turns.length === 2) wanted = 2;
        return isOver() ? { over: true } : { over: false, lanes: wanted, queued: turns.length };
      },
    });
    const handle = await start(made);
    const first = (await handle.describe()).runId;
    expect(await handle.result()).toEqual({ state: 'done' });
    const { runId, searchAttributes } = await handle.describe();
    expect(runId).not.toBe(first);
    expect(searchAttributes).toMatchObject({ AttState: ['done'], AttDelivery: [`final:${made.destination}`] });
    expect(turns.slice(0, 2)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    const later = turns.slice(2);
    expect(new Set(later.map(([lane]) => lane))).toEqual(new Set([0, 1]));
    expect(later.every(([, lanes]) => lanes === 2)).toBe(true);
  });

  it('waits without history while there is nothing to do, and ends when it is told to look and is over', async () => {
    let looks = 0;
    let isOver = false;
    const made = await open({
      openReplay: async () =>
        isOver ? { ...plan(made), over: true, state: 'cancelled' } : { ...plan(made), over: false, lanes: 1, total: 9 },
      deliverPage: async () => {
        looks += 1;
        throw deliveryFailure('Held', 'destination is held', looks < 4 ? 50 : 3_600_000);
      },
    });
    const handle = await start(made);
    await vi.waitFor(() => expect(looks).toBe(4), { timeout: 20_000 });
    const { historyLength } = await handle.describe();
    expect(historyLength).toBeLessThan(12);
    isOver = true;
    await handle.signal(LOOK_SIGNAL);
    expect(await handle.result()).toEqual({ state: 'cancelled' });
  });
});
