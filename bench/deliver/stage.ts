import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ATTESTATIONS_QUEUE } from '../../attestation/names.ts';
import { attach, type Judged, mintToken, putPipelines, putWebhook, submitter } from '../installation.ts';
import { closedLoop } from '../load.ts';
import { cpuMs } from '../memory.ts';
import { type Receivers, startReceivers } from '../receivers.ts';
import { bringUpSite, type Site } from '../site.ts';
import { createSigner, type Signer } from '../submissions.ts';
import { type DeliverFloor, startDeliverFloor } from './floor/floor.ts';
import { openRows, type Rows } from './queue.ts';

/** Destinations of the pipelines, by name. `four`: all at once; the other pipelines begin with `steady`. */
const PIPELINES = {
  four: ['four-0', 'four-1', 'four-2', 'four-3'],
  alone: ['steady'],
  beside: ['steady', 'prompt'],
  hanging: ['steady', 'hangs'],
  none: ['held'],
} as const;
export type PipelineName = keyof typeof PIPELINES;
export const FOUR = PIPELINES.four;
export const STEADY = 'steady';
export const HANGS = 'hangs';
export const HELD = 'held';
const HANGS_FOR = '2s';

/** A site with receivers behind destinations, and the floor. */
export type Stage = Site & {
  signer: Signer;
  floor: DeliverFloor;
  rows: Rows;
  four: Receivers;
  held: Receivers;
  submit(pipeline: PipelineName): Promise<Judged>;
  /** Starts the workflows that carry queued deliveries, so many calls at a time. */
  carry(workflowIds: readonly string[], inFlight: number): Promise<void>;
};

export async function bringUpStage(say: (line: string) => void): Promise<Stage> {
  const site = await bringUpSite(say);
  try {
    const receivers = async (count: number, hang = false) => {
      const started = await startReceivers(count, { hang });
      site.onStop(() => started.close());
      return started;
    };
    const [four, steady, held, hangs] = [
      await receivers(4),
      await receivers(2),
      await receivers(1),
      await receivers(1, true),
    ];
    const signer = createSigner();
    await putPipelines(site.admin, signer, Object.keys(PIPELINES));
    const urls = [...four.urls, ...steady.urls, ...held.urls];
    for (const [at, name] of [...FOUR, STEADY, 'prompt', HELD].entries())
      await putWebhook(site.admin, name, urls[at] ?? '');
    await putWebhook(site.admin, HANGS, hangs.urls[0] ?? '', { timeout: HANGS_FOR });
    for (const [pipeline, destinations] of Object.entries(PIPELINES))
      for (const destination of destinations) await attach(site.admin, destination, pipeline);

    const floor = await startDeliverFloor(site.client, site.address, join(site.dir, 'cache'), [
      ...four.urls,
      ...held.urls,
    ]);
    site.onStop(() => floor.stop());
    const send = submitter(site.sender(await mintToken(site.admin)));
    const submit = (pipeline: PipelineName) => send(pipeline, signer.next());
    const template = await submit('four');
    await arrived(four, 4, 60_000);
    const rows = openRows(site.database, template.id);
    site.onStop(() => rows.close());
    const carry = async (workflowIds: readonly string[], inFlight: number) => {
      const left = [...workflowIds];
      await closedLoop(left.length, inFlight, async () => {
        const workflowId = left.pop();
        if (workflowId === undefined) return;
        await site.client.workflow.start('redelivery', { workflowId, taskQueue: ATTESTATIONS_QUEUE, args: [] });
      });
    };
    return { ...site, signer, floor, rows, four, held, submit, carry };
  } catch (error) {
    await site.stop();
    throw error;
  }
}

/** Until a receiver has had so many in all; what does not come within the time is an error, not a slow result. */
export const arrived = (receivers: Receivers, wanted: number, withinMs: number): Promise<void> =>
  until(
    () => receivers.received() >= wanted,
    withinMs,
    () => `${wanted - receivers.received()} have not arrived`,
  );

export async function until(done: () => boolean, withinMs: number, what: () => string): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`after ${withinMs / 1000} s ${what()}`);
    await delay(5);
  }
}

/** Until the server has done what it still does about what was started: its CPU says so. */
export async function quiet({ pids }: Stage): Promise<void> {
  for (let tries = 0; tries < 30; tries += 1) {
    const before = cpuMs(pids.temporal) + cpuMs(pids.worker);
    await delay(1000);
    if (!(cpuMs(pids.temporal) + cpuMs(pids.worker) - before > 300)) return;
  }
}
