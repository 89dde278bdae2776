import type { z } from '@hono/zod-openapi';
import type { ReplayRecord } from '../../db/replays.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { progressOf, type Standing } from './progress.ts';
import type { Replay, ReplayProgress } from './schema.ts';

/** Makes the answers of one request: links lead to where it came from. `rate`: see `progressOf`. */
export function createView({ engine, clock, config, page }: ApiDeps, c: ApiContext) {
  const { origin } = new URL(config.publicUrl ?? c.req.url);

  const replay = (record: ReplayRecord, rate?: number): z.output<typeof Replay> => {
    const { id } = record;
    const temporal = engine.workflowUrl(record.workflowId);
    return {
      id,
      spec: record.spec,
      reason: record.reason,
      state: record.state,
      stateBy: record.stateBy,
      stateAt: record.stateAt,
      stateReason: record.stateReason,
      createdBy: record.createdBy,
      createdAt: record.createdAt,
      finishedAt: record.finishedAt,
      total: record.total,
      queued: record.queued,
      ...progressOf(record, clock(), rate),
      deliveries: record.deliveries,
      held: record.held,
      links: {
        self: `/v1/replays/${id}`,
        ...(page && { console: origin + page.replayPath(id) }),
        ...(temporal && { temporal }),
        deliveries: `/v1/deliveries?replay=${id}`,
        causes: `/v1/deliveries/causes?replay=${id}`,
      },
    };
  };

  const progress = ({ record, holds, problems }: Standing, rate?: number): ReplayProgress => ({
    ...replay(record, rate),
    holds,
    problems,
  });
  return { replay, progress };
}
