import type { Violation } from './judge.ts';
import type { Ledger, Sent } from './ledger.ts';

const VERDICT_OF: Readonly<Record<number, string>> = { 200: 'accepted', 422: 'rejected' };
/** What ends with the verdict, and what says that it will be found later. */
const OURS = new Set([200, 202, 422, 503]);

/** What CI was told against what is on record. */
export function judgeIngest({ sent, attestations }: Ledger): Violation[] {
  const byId = new Map(attestations.map((row) => [row.id, row]));
  const found = sent.flatMap((one): Violation[] => {
    const about = `submission ${one.n} of ${one.pipeline}`;
    const ids = [...new Set(one.answers.flatMap(({ id }) => id ?? []))];
    if (ids.length > 1) return [{ rule: 'two ids', about, detail: ids.join(', ') }];
    const [id] = ids;
    if (id === undefined) return [{ rule: 'attestation unanswered', about, detail: answersOf(one) }];
    const row = byId.get(id);
    if (!row) return [{ rule: 'attestation lost', about: id, detail: `${about}, answered ${answersOf(one)}` }];
    if (row.verdict === null) return [{ rule: 'attestation undecided', about: id, detail: about }];
    return [
      ...one.answers
        .filter(({ status }) => !OURS.has(status))
        .map(({ status }): Violation => ({ rule: 'attestation unanswered', about: id, detail: `answered ${status}` })),
      ...one.answers
        .filter(({ status }) => VERDICT_OF[status] !== undefined && VERDICT_OF[status] !== row.verdict)
        .map(
          ({ status }): Violation => ({
            rule: 'verdict untrue',
            about: id,
            detail: `answered ${status}, ${row.verdict}`,
          }),
        ),
      ...(one.isForged === (row.verdict === 'accepted')
        ? [
            {
              rule: 'verdict wrong' as const,
              about: id,
              detail: `${one.isForged ? 'forged' : 'genuine'}, ${row.verdict}`,
            },
          ]
        : []),
    ];
  });
  const undecided = attestations.filter(
    ({ id, verdict }) => verdict === null && !found.some(({ about }) => about === id),
  );
  return [
    ...found,
    ...undecided.map(({ id }): Violation => ({ rule: 'attestation undecided', about: id, detail: 'on record' })),
  ];
}

const answersOf = ({ answers, lostConnections }: Sent): string =>
  `${answers.map(({ status }) => status).join(', ') || 'never'}; ${lostConnections} connections lost`;
