import type { Io } from './io.ts';
import { progressLine } from './replay-words.ts';
import { ago, field, isRow, type Row, STATE_COLOURS } from './rows.ts';
import type { Column } from './table.ts';

export const column = (title: string, ...path: string[]): Column<Row> => ({
  title,
  value: (row) => field(row, ...path),
});
export const age = (io: Io, title: string, name: string): Column<Row> => ({
  title,
  value: (row) => ago(io, field(row, name)),
});
export const state = (title: string, name: string): Column<Row> => ({
  title,
  value: (row) => field(row, name),
  colour: (row) => STATE_COLOURS[String(field(row, name))],
});
export const pipeline: Column<Row> = {
  title: 'PIPELINE',
  value: (row) => `${field(row, 'project')}/${field(row, 'pipeline') ?? field(row, 'name')}`,
};

export const DELIVERY_COLUMNS = (io: Io): Column<Row>[] => [
  column('ID', 'id'),
  column('DESTINATION', 'destination'),
  pipeline,
  { title: 'MATERIAL', value: (row) => field(row, 'material', 'name') ?? field(row, 'material') },
  {
    title: 'STATE',
    value: (row) =>
      [field(row, 'state'), row.stuck === true && 'stuck', row.held === true && 'held'].filter(Boolean).join(', '),
    colour: (row) => STATE_COLOURS[row.stuck === true ? 'stuck' : String(field(row, 'state'))],
  },
  age(io, 'AGE', 'createdAt'),
  column('TRIES', 'attempts'),
  age(io, 'NEXT TRY', 'nextAttemptAt'),
  {
    title: 'CAUSE',
    value: (row) => [field(row, 'cause', 'code'), field(row, 'cause', 'message')].filter(Boolean).join(': '),
  },
];

export const DESTINATION_COLUMNS = (io: Io): Column<Row>[] => [
  column('NAME', 'name'),
  column('INTEGRATION', 'spec', 'integration'),
  state('STANDING', 'standing'),
  age(io, 'SINCE', 'since'),
  column('OPEN', 'deliveries', 'open'),
  {
    title: 'STUCK',
    value: (row) => field(row, 'deliveries', 'stuck'),
    colour: (row) => (Number(field(row, 'deliveries', 'stuck')) > 0 ? 'red' : undefined),
  },
  { title: 'OLDEST', value: (row) => ago(io, field(row, 'deliveries', 'oldest')) },
  { title: 'NEXT PROBE', value: (row) => nextProbe(io, row) },
  { title: 'WHY', value: whyHeld },
];

function nextProbe(io: Io, { standing, probe }: Row): string | undefined {
  if (!isRow(probe)) return undefined;
  if (isRow(probe.running)) return 'now';
  const failed = Number(probe.failed) > 0 ? ` (${probe.failed} failed)` : '';
  const next = io.now().getTime() < Date.parse(String(probe.nextAt)) ? ago(io, field(probe, 'nextAt')) : 'due';
  return `${standing === 'paused' ? 'after resume' : next}${failed}`;
}

/** What holds it, or how many are left of what was held. */
function whyHeld({ standing, holds, deliveries }: Row): string | undefined {
  if (standing === 'draining' && isRow(deliveries)) return `${field(deliveries, 'draining')} left of what was held`;
  if (!Array.isArray(holds)) return undefined;
  return holds
    .map((hold: Row) => {
      const kind = hold.kind === 'operator' ? 'paused' : field(hold, 'kind');
      const code = field(hold, 'code');
      return `${kind}${code ? ` ${code}` : ''}: ${field(hold, 'reason')}`;
    })
    .join('; ');
}

export const REPLAY_COLUMNS = (io: Io): Column<Row>[] => [
  column('ID', 'id'),
  column('DESTINATION', 'spec', 'destination'),
  column('MODE', 'spec', 'mode'),
  state('STATE', 'state'),
  age(io, 'AGE', 'createdAt'),
  column('BY', 'createdBy', 'name'),
  { title: 'PROGRESS', value: progressLine },
];

export const TOKEN_COLUMNS = (io: Io): Column<Row>[] => [
  column('ID', 'id'),
  column('NAME', 'name'),
  column('ROLE', 'role'),
  { title: 'SCOPE', value: (row) => field(row, 'scope') || 'everything' },
  age(io, 'EXPIRES', 'expiresAt'),
  age(io, 'LAST USED', 'lastUsedAt'),
  { title: 'REVOKED', value: (row) => ago(io, field(row, 'revokedAt')), colour: () => 'red' },
];
