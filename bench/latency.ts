import { attestationWorkflowId } from '../attestation/names.ts';
import { readSegments, type Sample, type Segments } from './history.ts';
import { type Installation, PROJECT } from './installation.ts';
import { closedLoop, takeTurns } from './load.ts';
import { type Spread, spreadOf, wallMs } from './stats.ts';

/** Verdict latencies of the three that take turns, in ms. */
export type Latency = { inFlight: number; waybill: Spread; floor: Spread; empty: Spread };
export type Breakdown = { waybill: Segments; floor: Segments; empty: Segments };

/** From request to verdict: Waybill over HTTP, beside the floor and our workflow with empty steps; no deliveries. */
export async function measureLatency(
  at: Installation,
  { inFlight, perRound, budgetMs }: { inFlight: number; perRound: number; budgetMs: number },
): Promise<Latency> {
  const plain = { delivered: false };
  const [waybill = [], floor = [], empty = []] = await takeTurns(
    [
      async () => {
        const ready = Array.from({ length: perRound }, () => at.signer.next());
        return closedLoop(perRound, inFlight, () => submitNext(at, ready));
      },
      () => closedLoop(perRound, inFlight, () => at.floor.least(plain)),
      () => closedLoop(perRound, inFlight, () => at.floor.empty(plain)),
    ],
    budgetMs,
  );
  return {
    inFlight,
    waybill: spreadOf(waybill.flat()),
    floor: spreadOf(floor.flat()),
    empty: spreadOf(empty.flat()),
  };
}

/** The same, one after the other, with each judgement's history read afterwards. */
export async function measureSegments(at: Installation, count: number): Promise<Breakdown> {
  const samples: [Sample[], Sample[], Sample[]] = [[], [], []];
  const keep = async (into: Sample[], work: () => Promise<string>) => {
    const askedAt = wallMs();
    const workflowId = await work();
    into.push({ workflowId, askedAt, answeredAt: wallMs() });
  };
  for (let round = 0; round < count; round += 1) {
    const ready = [at.signer.next()];
    await keep(samples[0], async () => {
      const { id, judgement } = await submitNext(at, ready);
      return attestationWorkflowId(PROJECT, 'plain', id, judgement);
    });
    await keep(samples[1], () => at.floor.least({ delivered: false }));
    await keep(samples[2], () => at.floor.empty({ delivered: false }));
  }
  const [waybill, floor, empty] = samples;
  return {
    waybill: await readSegments(at.client, waybill),
    floor: await readSegments(at.client, floor),
    empty: await readSegments(at.client, empty),
  };
}

async function submitNext(at: Installation, ready: ReturnType<Installation['signer']['next']>[]) {
  const submission = ready.pop();
  if (!submission) throw new Error('expected a submission made beforehand, found none left');
  const judged = await at.submit('plain', submission);
  if (judged.verdict !== 'accepted') throw new Error(`expected ${judged.id} to be accepted, found ${judged.verdict}`);
  return judged;
}
