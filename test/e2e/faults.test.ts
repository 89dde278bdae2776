import { expect, inject, it } from 'vitest';
import { runLaboratory } from '../faults/laboratory.ts';
import { printRun } from '../faults/report.ts';
import { KILLED } from '../faults/schedule.ts';

it('loses nothing, doubles nothing and leaks nothing while receivers fail and every kind of process is killed', async () => {
  const run = await runLaboratory(inject('temporalCli'), {
    seed: 53,
    durationMs: 10_000,
    ratePerSecond: 2,
    processes: { api: 1, worker: 2, temporal: 1 },
    settleWithinMs: 150_000,
    impatient: true,
    say: () => {},
  });
  const report = printRun(run);
  expect(run.violations, report).toEqual([]);
  expect(new Set(run.killed.map(({ kind }) => kind))).toEqual(new Set(KILLED));
  const { none: _passed, ...faults } = run.faults;
  expect(Object.keys(faults).length, report).toBeGreaterThanOrEqual(5);
  expect(run.ledger.deliveries.length).toBeGreaterThan(40);
  console.info(report);
}, 300_000);
