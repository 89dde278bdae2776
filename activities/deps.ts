import type { BuiltIn } from '../attestation/verify/published.ts';
import type { Database } from '../db/database.ts';
import type { DestinationRecord } from '../db/destinations.ts';
import type { ContentStore } from '../store/store.ts';
import type { Integration } from './integrations/define.ts';
import type { Threads } from './threads/pool.ts';

type Log = {
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
};

/** Resolves a destination's secrets in memory, just before the call. Throws `DeliveryError` (scope destination) that names the one missing. */
export type OpenSecrets = (
  destination: Pick<DestinationRecord, 'name' | 'uid' | 'secrets'>,
) => Promise<Record<string, string>>;

/** Signs a verdict's summary with the installation's key: a DSSE envelope as JSON. */
export type SignVerdict = (statement: object) => string;

/** What the steps are given: wiring happens in bin/. */
export type Deps = {
  db: Database;
  store: ContentStore;
  integrations: Record<string, Integration>;
  openSecrets: OpenSecrets;
  threads: Threads;
  /** What is built in, as new as this process knows it. */
  builtIn: () => BuiltIn;
  /** Id of this process: claims of probes are its own. */
  processId: string;
  clock: () => Date;
  random: () => number;
  signVerdict: SignVerdict;
  /** Aborted when this process ends and waits no longer for the attempts that run. */
  ending?: AbortSignal;
  /** Where people find the console, for links that integrations send. */
  publicUrl: string;
  log: Log;
};
