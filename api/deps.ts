import type { Hono } from 'hono';
import type { Integration } from '../activities/integrations/define.ts';
import type { BuiltIn } from '../attestation/verify/published.ts';
import type { Database } from '../db/database.ts';
import type { StoredSecret } from '../db/destinations.ts';
import type { ContentStore } from '../store/store.ts';
import type { Engine } from './engine.ts';

/** Where requests and faults are written; pino's loggers fit. */
export type Log = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>;

/** Bounds that a refusal names. Sizes in bytes. */
type Limits = {
  /** All statements of one request together. */
  envelopeBytes: number;
  materialBytes: number;
  /** Files sent along with one attestation. */
  materials: number;
  /** Statements that are being read at the same time, those of all requests together. */
  parsingBytes: number;
  /** Any other body: resources, contracts, commands. */
  resourceBytes: number;
};

export type ApiConfig = {
  /** Scheme and host that links are made with; without it, those of the request. */
  publicUrl?: string | undefined;
  limits: Limits;
  /** How long a submission waits for its verdict, and the most that `Prefer: wait` may ask for. */
  verdictWaitMs: number;
  verdictWaitMaxMs: number;
  /** How long a submission waits for its turn to be read. */
  parsingWaitMs: number;
  testWaitMs: number;
  /** How long a replay is counted: before a dry run answers, before one is created, and the most that may be asked for. */
  count: { dryRunMs: number; createMs: number; maxMs: number };
  /** Streams of events: how often is looked, how soon silence is broken, how long one lasts, how many there are. */
  events: { everyMs: number; keepAliveMs: number; lifeMs: number; most: number; mostPerToken: number };
};

export const DEFAULT_CONFIG: ApiConfig = {
  limits: {
    envelopeBytes: 32 * 2 ** 20,
    materialBytes: 2 ** 30,
    materials: 500,
    parsingBytes: 64 * 2 ** 20,
    resourceBytes: 2 ** 20,
  },
  parsingWaitMs: 10_000,
  verdictWaitMs: 25_000,
  verdictWaitMaxMs: 120_000,
  testWaitMs: 50_000,
  count: { dryRunMs: 5000, createMs: 25_000, maxMs: 120_000 },
  events: { everyMs: 1000, keepAliveMs: 15_000, lifeMs: 3_600_000, most: 100, mostPerToken: 10 },
};

/** The console: mounted at the root, and asked where it shows things. */
export type Page = { app: Hono; attestationPath(id: string): string; replayPath(id: string): string };

/** All that the API acts through. It reads no environment, opens no file and keeps no state of its own. */
export type ApiDeps = {
  db: Database;
  store: ContentStore;
  engine: Engine;
  /** By id. */
  integrations: Readonly<Record<string, Integration>>;
  config: ApiConfig;
  /** The roots that are built in, as new as they are known to those who verify. */
  builtIn(): BuiltIn;
  /** Seals a secret; the API cannot open one. */
  seal(plaintext: string): StoredSecret;
  clock(): Date;
  log: Log;
  page?: Page | undefined;
};
