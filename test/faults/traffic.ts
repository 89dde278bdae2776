import { setTimeout as delay } from 'node:timers/promises';
import type { TestKey } from '../support/keys.ts';
import { type Body, makeBody } from './bodies.ts';
import type { Sent } from './ledger.ts';
import type { Schedule, Submission } from './schedule.ts';
import { PROJECT } from './world.ts';

const ANSWER_WITHIN_MS = 30_000;
/** What `curl --retry` tries again. */
const TRANSIENT = new Set([408, 429, 500, 502, 503, 504]);
const LONGEST_PAUSE_MS = 5000;

export type TrafficOptions = {
  schedule: Pick<Schedule, 'submissions'>;
  key: TestKey;
  token: string;
  /** Addresses of the API; who got no answer at one tries the next. */
  urls: () => readonly string[];
  nowMs: () => number;
  /** Ends senders that still wait for an answer. */
  signal: AbortSignal;
};

/** CI: sends every submission at its time, and repeats the same bytes as `curl --retry` does. */
export function startTraffic(options: TrafficOptions): { sent: readonly Sent[]; finished: Promise<void> } {
  const sent: Sent[] = [];
  const one = async (submission: Submission) => {
    const body = await makeBody(options.key, submission);
    await delay(Math.max(1, submission.atMs - options.nowMs()), undefined, { signal: options.signal });
    const { n, pipeline, isForged, manner } = submission;
    const record: Sent = { n, pipeline, isForged, firstAt: new Date().toISOString(), answers: [], lostConnections: 0 };
    sent.push(record);
    const senders = manner === 'twice' ? [n, n + 1] : [n];
    await Promise.all(senders.map((first) => send(options, submission, body, record, first)));
  };
  const finished = Promise.all(options.schedule.submissions.map((submission) => one(submission).catch(ignoreAbort)));
  return { sent, finished: finished.then(() => {}) };
}

async function send(
  { token, urls, signal }: TrafficOptions,
  { pipeline, manner }: Submission,
  { bytes, contentType }: Body,
  record: Sent,
  first: number,
): Promise<void> {
  for (let turn = first; !signal.aborted; turn += 1) {
    const all = urls();
    const url = new URL(`/v1/pipelines/${PROJECT}/${pipeline}/attestations`, all[turn % all.length]);
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': contentType,
        ...(manner === 'async' ? { prefer: 'respond-async' } : {}),
      },
      body: new Uint8Array(bytes),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    })
      .then(async (got) => ({ status: got.status, headers: got.headers, id: idIn(await got.text()) }))
      .catch(() => undefined);
    if (!answer) {
      record.lostConnections += 1;
      await pause(1000, signal);
      continue;
    }
    const { status, headers, id } = answer;
    record.answers.push({ status, id, at: new Date().toISOString() });
    if (!TRANSIENT.has(status)) return;
    if (manner === 'leaves' && status === 503 && headers.has('location')) return;
    await pause(Number(headers.get('retry-after') ?? 1) * 1000, signal);
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  delay(Math.min(Math.max(ms, 250), LONGEST_PAUSE_MS), undefined, { signal }).catch(ignoreAbort);

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}

function idIn(text: string): string | undefined {
  try {
    const { id } = JSON.parse(text) as { id?: unknown };
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
