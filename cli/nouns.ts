import { PEM_MEDIA_TYPE } from './client.ts';
import {
  age,
  column,
  DELIVERY_COLUMNS,
  DESTINATION_COLUMNS,
  pipeline,
  REPLAY_COLUMNS,
  state,
  TOKEN_COLUMNS,
} from './columns.ts';
import type { Io } from './io.ts';
import { apiPath } from './options.ts';
import { ago, field, type Row } from './rows.ts';
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

const DELIVERY_FILTERS = [
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
  named('destinations', 'destination', '/v1/destinations', DESTINATION_COLUMNS),
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
  named('replays', 'replay', '/v1/replays', REPLAY_COLUMNS, ['destination', 'state']),
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
  { plural: 'tokens', singular: 'token', path: '/v1/tokens', filters: [], columns: TOKEN_COLUMNS },
  {
    plural: 'integrations',
    singular: 'integration',
    path: '/v1/integrations',
    filters: [],
    columns: () => [column('ID', 'id'), column('TITLE', 'title'), column('SUMMARY', 'summary')],
  },
];
