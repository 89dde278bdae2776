import { describe, expect, it } from 'vitest';
import { honestLedger } from './honest-ledger.ts';
import { judge, RULES, type Rule } from './judge.ts';
import type { AttemptRow, DeliveryRow, Ledger, Received } from './ledger.ts';

type Falsified = { of: Rule; by: string; about: string; ledger: (honest: Ledger) => Partial<Ledger> };

const without =
  <K extends 'attestations' | 'deliveries'>(table: K, id: string) =>
  (honest: Ledger): Partial<Ledger> => ({ [table]: honest[table].filter((row) => row.id !== id) });
const answered = (n: number, answers: { status: number; id?: string }[]) => (honest: Ledger) => ({
  sent: honest.sent.map((one) =>
    one.n === n ? { ...one, answers: answers.map(({ status, id }) => ({ status, id, at: one.firstAt })) } : one,
  ),
});
const verdict = (id: string, verdict: string | null) => (honest: Ledger) => ({
  attestations: honest.attestations.map((row) => (row.id === id ? { ...row, verdict } : row)),
});
const changed = (id: string, changes: Partial<DeliveryRow>) => (honest: Ledger) => ({
  deliveries: honest.deliveries.map((row) => (row.id === id ? { ...row, ...changes } : row)),
});
const received = (at: number, changes: Partial<Received>) => (honest: Ledger) => ({
  received: honest.received.map((request, index) => (index === at ? { ...request, ...changes } : request)),
});
const attempted = (at: number, changes: Partial<AttemptRow>) => (honest: Ledger) => ({
  attempts: honest.attempts.map((attempt, index) => (index === at ? { ...attempt, ...changes } : attempt)),
});
const copied = (honest: Ledger, id: string): DeliveryRow[] =>
  honest.deliveries.filter((row) => row.id === id).map((row) => ({ ...row, id: `${id}_again` }));

const FALSIFIED: Falsified[] = [
  { of: 'attestation lost', by: 'its row is gone', about: 'att_f', ledger: without('attestations', 'att_f') },
  {
    of: 'attestation lost',
    by: 'CI has left with a 503 that had an id',
    about: 'att_g',
    ledger: (honest) => answered(4, [{ status: 503, id: 'att_g' }])(honest),
  },
  { of: 'attestation unanswered', by: 'no answer ever came', about: 'submission 0 of docs', ledger: answered(0, []) },
  {
    of: 'attestation unanswered',
    by: 'CI was refused for no reason',
    about: 'att_a',
    ledger: answered(0, [{ status: 500, id: 'att_a' }]),
  },
  { of: 'attestation undecided', by: 'nobody judged it', about: 'att_f', ledger: verdict('att_f', null) },
  {
    of: 'attestation undecided',
    by: 'nobody judged what CI never had an answer about',
    about: 'att_x',
    ledger: ({ attestations }) => ({
      attestations: [...attestations, { id: 'att_x', pipeline: 'docs', verdict: null }],
    }),
  },
  {
    of: 'verdict untrue',
    by: 'CI was told 200',
    about: 'att_f',
    ledger: answered(4, [{ status: 200, id: 'att_f' }]),
  },
  {
    of: 'verdict wrong',
    by: 'what was forged is accepted',
    about: 'att_a',
    ledger: ({ sent }) => ({ sent: sent.map((one) => (one.n === 0 ? { ...one, isForged: true } : one)) }),
  },
  {
    of: 'two ids',
    by: 'a repeat got another one',
    about: 'submission 0 of docs',
    ledger: answered(0, [
      { status: 503, id: 'att_a' },
      { status: 200, id: 'att_b' },
    ]),
  },
  { of: 'delivery unplanned', by: 'it has none', about: 'att_d', ledger: without('deliveries', 'dlv_d') },
  {
    of: 'delivery unplanned',
    by: 'it has two',
    about: 'att_d',
    ledger: (honest) => ({ deliveries: [...honest.deliveries, ...copied(honest, 'dlv_d')] }),
  },
  {
    of: 'delivery unverified',
    by: 'a rejected one has a delivery',
    about: 'dlv_d',
    ledger: changed('dlv_d', { attestationId: 'att_f' }),
  },
  {
    of: 'delivery lost',
    by: 'its receiver never heard of it',
    about: 'dlv_b',
    ledger: ({ received: all }) => ({ received: all.filter(({ key }) => key !== 'sha of b') }),
  },
  {
    of: 'delivery lost',
    by: 'its receiver refused it',
    about: 'dlv_b',
    ledger: received(2, { outcome: 'refused' }),
  },
  {
    of: 'delivery open',
    by: 'it still waits, with a cause',
    about: 'dlv_a',
    ledger: changed('dlv_a', { state: 'waiting', causeCode: 'http.503' }),
  },
  {
    of: 'delivery unexplained',
    by: 'it waits without a cause',
    about: 'dlv_a',
    ledger: changed('dlv_a', { state: 'waiting' }),
  },
  {
    of: 'delivery unexplained',
    by: 'it was given up',
    about: 'dlv_a',
    ledger: changed('dlv_a', { state: 'expired' }),
  },
  {
    of: 'superseded by nothing',
    by: 'what superseded it is older',
    about: 'dlv_d',
    ledger: changed('dlv_d', { supersededBy: 'dlv_b' }),
  },
  {
    of: 'superseded by nothing',
    by: 'what superseded it goes elsewhere',
    about: 'dlv_d',
    ledger: changed('dlv_d', { orderKey: 'lab/lib' }),
  },
  {
    of: 'duplicate effect',
    by: 'the same key took effect twice',
    about: 'dlv_a',
    ledger: received(1, { outcome: 'effect' }),
  },
  { of: 'two keys', by: 'the second try had another one', about: 'dlv_a', ledger: received(1, { key: 'another' }) },
  {
    of: 'request unknown',
    by: 'nobody planned it',
    about: 'key of dlv_a',
    ledger: (honest) => received(1, { about: { attestationId: 'att_x' } })(honest),
  },
  {
    of: 'attempt unseen',
    by: 'one request has no attempt of its own',
    about: 'dlv_a',
    ledger: ({ received: all }) => ({ received: [...all, ...all.slice(1, 2)] }),
  },
  {
    of: 'attempt unseen',
    by: 'it came when none ran',
    about: 'dlv_b',
    ledger: attempted(2, { startedAt: '2026-01-01T00:00:04.500Z' }),
  },
  {
    of: 'attempt unseen',
    by: 'the log lacks one that the row counts',
    about: 'dlv_b',
    ledger: changed('dlv_b', { attempts: 2 }),
  },
  { of: 'attempt open', by: 'nobody wrote its end', about: 'dlv_b', ledger: attempted(2, { outcome: null }) },
  {
    of: 'gone backwards',
    by: 'the older one came last',
    about: 'dlv_b',
    ledger: (honest) => ({
      ...received(2, { at: '2026-01-01T00:00:06.500Z' })(honest),
      ...attempted(2, { startedAt: '2026-01-01T00:00:06.000Z', finishedAt: '2026-01-01T00:00:07.000Z' })(honest),
    }),
  },
  {
    of: 'workflow open',
    by: 'it never ended',
    about: 'attestation/lab/app/att_b/1',
    ledger: () => ({ openWorkflows: ['attestation/lab/app/att_b/1'] }),
  },
  { of: 'secret leaked', by: 'it stands in a log', about: 'api.log', ledger: () => ({ leaks: ['api.log'] }) },
];

describe('the judge', () => {
  it('has nothing to say against a run in which every promise was kept', () => {
    expect(judge(honestLedger())).toEqual([]);
  });

  it.each(FALSIFIED)('sees "$of" when $by', ({ of, about, ledger }) => {
    const honest = honestLedger();
    const violations = judge({ ...honest, ...ledger(honest) });
    expect(violations).toContainEqual(expect.objectContaining({ rule: of, about }));
  });

  it('was shown a breach of every rule', () => {
    expect(new Set(FALSIFIED.map(({ of }) => of))).toEqual(new Set(Object.keys(RULES)));
  });

  it('counts no second effect against a receiver that knows no keys', () => {
    const honest = honestLedger();
    const receivers = { ...honest.receivers, hook: { dedupe: 'none' } as const };
    expect(judge({ ...honest, receivers, ...received(1, { outcome: 'effect' })(honest) })).toEqual([]);
  });

  it('takes the repeat of older bytes for a step backwards too', () => {
    const honest = honestLedger();
    const [, , ofB] = honest.received;
    if (!ofB) throw new Error('expected a request');
    const late = { ...ofB, at: '2026-01-01T00:00:08.000Z', outcome: 'repeat' as const };
    expect(judge({ ...honest, received: [...honest.received, late] }).map(({ rule }) => rule)).toContain(
      'gone backwards',
    );
  });
});
