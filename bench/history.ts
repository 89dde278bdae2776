import type { Client } from '@temporalio/client';
import { spreadOf } from './stats.ts';

/** A judgement that was made: its workflow, and when this process asked and had its answer (wall clock, ms). */
export type Sample = { workflowId: string; askedAt: number; answeredAt: number };
/** Medians in ms, by segment, in the order in which they pass. */
export type Segments = Record<(typeof SEGMENTS)[number], number>;

/** Between two neighbours in time of: asked, the history's events, answered. */
export const SEGMENTS = [
  'asked → workflow started',
  'started → worker has the task',
  'task → first step (sandbox)',
  'first step: verify',
  'second step: check',
  'third step: conclude, task completed',
  'completed → answered',
] as const;

const WORKFLOW_TASK_STARTED = 6;
const WORKFLOW_TASK_COMPLETED = 7;

/** Where the time of a judgement goes, as the server's history has it: the clock is the same, the product is untouched. */
export async function readSegments(client: Client, samples: readonly Sample[]): Promise<Segments> {
  const found: number[][] = [];
  for (const sample of samples) {
    const marks = await readMarks(client, sample);
    // A judgement that took a second task (a slow step, a restart) is another story.
    if (marks.length === SEGMENTS.length + 1)
      found.push(SEGMENTS.map((_, at) => (marks[at + 1] ?? 0) - (marks[at] ?? 0)));
  }
  const median = (at: number) => spreadOf(found.map((segments) => segments[at] ?? 0)).p50;
  return Object.fromEntries(SEGMENTS.map((name, at) => [name, median(at)])) as Segments;
}

async function readMarks(client: Client, { workflowId, askedAt, answeredAt }: Sample): Promise<number[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const timeOf = (type: number) => toMs(events?.find((event) => event.eventType === type)?.eventTime);
  const steps = (events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) => {
    const data = marker?.details?.data?.payloads?.[0]?.data;
    if (marker?.markerName !== 'core_local_activity' || !data) return [];
    const scheduled = JSON.parse(Buffer.from(data).toString()) as { original_schedule_time: Time };
    return [toMs(scheduled.original_schedule_time)];
  });
  const started = toMs(events?.[0]?.eventTime);
  return [askedAt, started, timeOf(WORKFLOW_TASK_STARTED), ...steps, timeOf(WORKFLOW_TASK_COMPLETED), answeredAt];
}

type Time = { seconds?: unknown; nanos?: number | null } | null | undefined;
const toMs = (time: Time): number => Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
