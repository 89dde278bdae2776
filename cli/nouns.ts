import { PEM_MEDIA_TYPE } from './client.ts';
import type { Io } from './io.ts';
import { apiPath } from './options.ts';
import { progressLine } from './replay-words.ts';
import { ago, field, isRow, type Row, STATE_COLOURS } from './rows.ts';
import type { Column } from './table.ts';

/** A kind of thing that `get` shows: its path, its filters (option → query parameter) and its columns. */
export type Noun = {
  plural: string;
  singular: string;
  path: string;
  item?(name: string): string;
  /** One of them is no JSON but text of this media type, printed as it is. */
  text?: string;
  filters: readonly string[];
  columns(io: Io): Column<Row>[];
};

const column = (title: string, ...path: string[]): Column<Row> => ({ title, value: (row) => field(row, ...path) });
const age = (io: Io, title: string, name: string): Column<Row> => ({
  title,
  value: (row) => ago(io, field(row, name)),
});
export const state = (title: string, name: string): Column<Row> => ({
  title,
  value: (row) => field(row, name),
  colour: (row) => STATE_COLOURS[String(field(row, name))],
});
const pipeline: Column<Row> = {
  title: 'PIPELINE',
  value: (row) => `${field(row, 'project')}/${field(row, 'pipeline') ?? field(row, 'name')}`,
};

const named = (
  plural: string,
  singular: string,
  path: string,
  columns: Noun['columns'],
  filters: string[] = [],
): Noun => ({
  plural,
  singular,
  path,
  item: (name) => `${path}/${encodeURIComponent(name)}`,
  filters,
  columns,
});

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
export const DELIVERY_FILTERS = [
  'state',
  'destination',
  'project',
  'pipeline',
  'attestation',
  'replay',
  'code',
  'stuck',
  'held',
];

export const NOUNS: readonly Noun[] = [
  {
    ...named(
      'pipelines',
      'pipeline',
      '/v1/pipelines',
      (io) => [pipeline, column('CONTRACT', 'spec', 'contract'), age(io, 'CHANGED', 'updatedAt')],
      ['project', 'contract'],
    ),
    item: (name) => apiPath('pipelines', ...name.split('/')),
  },
  named('contracts', 'contract', '/v1/contracts', (io) => [
    column('NAME', 'name'),
    column('REVISION', 'revision'),
    age(io, 'AGE', 'createdAt'),
    column('DIGEST', 'digest'),
  ]),
  named('keys', 'key', '/v1/trust/keys', (io) => [
    column('NAME', 'name'),
    column('ALGORITHM', 'algorithm'),
    column('PROJECTS', 'projects'),
    age(io, 'CHANGED', 'updatedAt'),
    column('FINGERPRINT', 'fingerprint'),
  ]),
  named('roots', 'root', '/v1/trust/roots', (io) => [
    column('NAME', 'name'),
    column('KIND', 'profile', 'kind'),
    column('BUILT IN', 'builtIn'),
    column('ORIGIN', 'profile', 'origin'),
    { title: 'AS OF', value: (row) => ago(io, field(row, 'profile', 'asOf')) },
    { title: 'PROJECTS', value: (row) => (row.profile ? field(row, 'profile', 'projects') || 'all' : undefined) },
    {
      title: 'ISSUERS',
      value: (row) =>
        field(row, 'profile', 'kind') === 'sigstore' ? field(row, 'profile', 'issuers') || 'any' : undefined,
    },
    { title: 'PROBLEM', value: (row) => field(row, 'problem', 'message'), colour: () => 'red' },
  ]),
  {
    ...named('verdict-keys', 'verdict-key', '/v1/verdict-keys', (io) => [
      column('ID', 'id'),
      column('ALGORITHM', 'algorithm'),
      age(io, 'AGE', 'createdAt'),
      { title: 'RETIRED', value: (row) => ago(io, field(row, 'retiredAt')) },
    ]),
    text: PEM_MEDIA_TYPE,
  },
  named('destinations', 'destination', '/v1/destinations', (io) => DESTINATION_COLUMNS(io)),
  named(
    'attachments',
    'attachment',
    '/v1/attachments',
    (io) => [
      column('NAME', 'name'),
      column('DESTINATION', 'spec', 'destination'),
      column('PIPELINES', 'spec', 'pipelines'),
      age(io, 'CHANGED', 'updatedAt'),
    ],
    ['destination'],
  ),
  named(
    'attestations',
    'attestation',
    '/v1/attestations',
    (io) => [
      column('ID', 'id'),
      pipeline,
      state('VERDICT', 'verdict'),
      age(io, 'AGE', 'receivedAt'),
      column('FAILED CHECKS', 'failed'),
    ],
    ['project', 'pipeline', 'verdict', 'since', 'until', 'digest', 'signer'],
  ),
  named('deliveries', 'delivery', '/v1/deliveries', DELIVERY_COLUMNS, DELIVERY_FILTERS),
  named('replays', 'replay', '/v1/replays', (io) => REPLAY_COLUMNS(io), ['destination', 'state']),
  {
    plural: 'audit',
    singular: 'audit',
    path: '/v1/audit',
    filters: ['target', 'action'],
    columns: () => [
      column('TIME', 'at'),
      column('WHO', 'actor', 'name'),
      column('ACTION', 'action'),
      column('TARGET', 'target'),
    ],
  },
  { plural: 'tokens', singular: 'token', path: '/v1/tokens', filters: [], columns: (io) => TOKEN_COLUMNS(io) },
  {
    plural: 'integrations',
    singular: 'integration',
    path: '/v1/integrations',
    filters: [],
    columns: () => [column('ID', 'id'), column('TITLE', 'title'), column('SUMMARY', 'summary')],
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
