import { globSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { type WorkflowBundle, workflowBundle } from '../../temporal/workflow-bundle.ts';

const FOLDER = join(import.meta.dirname, '../histories');

/** What `test/support/record-histories.ts` wrote. */
type Recorded = { workflowId: string; history: { events: Record<string, unknown>[] } };
const recorded = globSync('*.json', { cwd: FOLDER }).sort();
const read = (file: string): Recorded => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Recorded;

let bundle: WorkflowBundle;
beforeAll(async () => {
  // The core logs a violation too, which is what one of these tests provokes.
  const logging = { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } as const;
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), telemetryOptions: { logging } });
  bundle = await workflowBundle({ cacheDir: join(tmpdir(), 'waybill-test-bundles') });
}, 60_000);

const replay = ({ workflowId, history }: Recorded): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: bundle }, historyFromJSON(history), workflowId);

describe('the workflows of today', () => {
  it.each(recorded.map((file) => basename(file, '.json')))('go on with a run that was recorded: %s', async (name) => {
    await replay(read(`${name}.json`));
  });

  it('cannot go on with a run that did something else, and that is noticed', async () => {
    const other = read('accepted.json');
    for (const event of other.history.events) {
      const scheduled = event.activityTaskScheduledEventAttributes as { activityType: { name: string } } | undefined;
      if (scheduled) scheduled.activityType.name = 'confirm';
    }
    await expect(replay(other)).rejects.toThrow(DeterminismViolationError);
  });
});
