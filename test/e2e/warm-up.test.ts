import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { warmUp } from '../../temporal/warm-up.ts';
import { createWorkflowWorld, type WorkflowWorld } from '../support/workflow-world.ts';

let world: WorkflowWorld;
let asked: string[] = [];
const begin = async () => {
  asked = [];
  const hosted = async (workflowId: string) => {
    asked.push(workflowId);
    return [];
  };
  world = await createWorkflowWorld(inject('temporalAddress'), { hosted });
};
afterEach(() => world.dispose());

describe('a warm-up', () => {
  it('ends with the first workflow that ran in the worker it is for', async () => {
    await begin();
    await warmUp(world.client, { identity: `${process.pid}@${hostname()}`, taskQueue: world.queue });
    expect(asked).toHaveLength(1);
  });

  it('gives up where other workers are always quicker', async () => {
    await begin();
    await warmUp(world.client, { identity: 'somebody else', taskQueue: world.queue });
    expect(asked).toHaveLength(5);
  });

  it('does not wait for ever where nobody works, and does not fail', async () => {
    await begin();
    await warmUp(world.client, { identity: 'nobody', taskQueue: `empty-${randomUUID()}`, withinMs: 500 });
    expect(asked).toHaveLength(0);
  });
});
