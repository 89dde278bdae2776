import type { Spread } from '../stats.ts';
import { table } from '../table.ts';
import type { CheckReport } from './measure.ts';

/** For people. Like the rest of the bench it judges nothing. */
export const printCheck = ({ hostile, validation, ...report }: CheckReport): string =>
  [
    table(`${(1000 / report.whole.p50).toFixed(0)} checks a second: ten small SBOMs, five rules, one after the other`, [
      ['', 'p10', 'p50', 'p95', 'n'],
      row('whole check', report.whole),
      row('  plan: what fills which slot', report.plan),
      row('  inspect ten SBOMs of 1 KB', report.inspect),
      row('  rules, through their thread', report.rulesInThread),
      row('  rules, without a thread', report.rulesHere),
      row('  decide', report.decide),
      row('read the contract (once a revision)', report.parse),
    ]),
    table('Rules that must fail, by the clock (limit: 250 ms of their thread)', [
      ['', 'ms', 'outcome'],
      ...hostile.map(({ what, outcome, ms }) => [what, ms.toFixed(0), outcome]),
    ]),
    table('Documents of the worst sizes and shapes, each in a thread', [
      ['', 'MB', 'CPU ms', 'CPU ms per MB', 'ms', 'outcome', 'resident', 'others stood still'],
      ...validation.map(({ name, bytes, ms, cpuMs, outcome, residentBytes, stoodStillMs }) => [
        name,
        (bytes / 1e6).toFixed(1),
        cpuMs.toFixed(0),
        (cpuMs / (bytes / 1e6)).toFixed(0),
        ms.toFixed(0),
        outcome,
        residentBytes === undefined ? '' : `${(residentBytes / 2 ** 20).toFixed(0)} MiB`,
        `${stoodStillMs.toFixed(0)} ms`,
      ]),
    ]),
  ].join('\n\n');

const row = (name: string, { p10, p50, p95, n }: Spread): string[] => [
  name,
  ...[p10, p50, p95].map((ms) => `${ms.toFixed(2)} ms`),
  `${n}`,
];
