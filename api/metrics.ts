import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Verdict } from '../attestation/verdict.ts';
import type { ApiDeps } from './deps.ts';
import { createUpkeepMetrics } from './metrics-upkeep.ts';

export type Metrics = {
  /** A judgement that a request waited for was answered after so long; null = still undecided. */
  answered(verdict: Verdict | null, ms: number): void;
  /** Prometheus' text format, its gauges read from the database now. */
  render(): Promise<{ contentType: string; text: string }>;
};

const MOST_UNDECIDED = 10_000;

/** What operators watch: deliveries and their age, verdicts and their latency, and what nobody has judged. */
export function createMetrics({ db, clock, builtIn }: Pick<ApiDeps, 'db' | 'clock' | 'builtIn'>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const verdicts = new Counter({
    name: 'waybill_attestations_total',
    help: 'Attestations answered by this process, by verdict.',
    labelNames: ['verdict'] as const,
    registers,
  });
  const latency = new Histogram({
    name: 'waybill_verdict_seconds',
    help: 'From the last byte of a submission to its verdict.',
    labelNames: ['verdict'] as const,
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const deliveries = new Gauge({
    name: 'waybill_deliveries',
    help: 'Deliveries by destination and state.',
    labelNames: ['destination', 'state'] as const,
    registers,
  });
  const oldest = new Gauge({
    name: 'waybill_oldest_open_delivery_seconds',
    help: 'Age of the oldest delivery that is not finished.',
    labelNames: ['destination'] as const,
    registers,
  });
  const stuck = new Gauge({
    name: 'waybill_stuck_deliveries',
    help: 'Deliveries that are open for longer than their destination allows.',
    labelNames: ['destination'] as const,
    registers,
  });
  const undecided = new Gauge({
    name: 'waybill_undecided_attestations',
    help: `Attestations received and not judged, counted up to ${MOST_UNDECIDED}.`,
    registers,
  });

  const rootAge = new Gauge({
    name: 'waybill_built_in_root_age_seconds',
    help: 'Since a built-in root was last known to be current.',
    labelNames: ['publisher'] as const,
    registers,
  });

  const readUpkeep = createUpkeepMetrics(db, registers);

  async function readGauges(): Promise<void> {
    const at = clock();
    const [counts, waiting] = await Promise.all([
      db.deliveries.counts(at.toISOString()),
      db.attestations.undecided(at.toISOString(), MOST_UNDECIDED),
      readUpkeep(at),
    ]);
    for (const gauge of [deliveries, oldest, stuck]) gauge.reset();
    for (const row of counts) {
      deliveries.set({ destination: row.destination, state: row.state }, row.count);
      stuck.inc({ destination: row.destination }, row.stuck);
    }
    for (const [destination, since] of oldestPerDestination(counts)) {
      oldest.set({ destination }, Math.max(0, at.getTime() - Date.parse(since)) / 1000);
    }
    undecided.set(waiting.length);
    for (const [publisher, { asOf }] of Object.entries(builtIn())) {
      rootAge.set({ publisher }, Math.max(0, at.getTime() - Date.parse(asOf)) / 1000);
    }
  }

  return {
    answered(verdict, ms) {
      const label = { verdict: verdict ?? 'undecided' };
      verdicts.inc(label);
      latency.observe(label, ms / 1000);
    },
    async render() {
      await readGauges();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function oldestPerDestination(counts: { destination: string; oldest: string | null }[]): Map<string, string> {
  const oldest = new Map<string, string>();
  for (const { destination, oldest: since } of counts) {
    const known = oldest.get(destination);
    if (since !== null && (known === undefined || since < known)) oldest.set(destination, since);
  }
  return oldest;
}
