import type { ApiDeps } from '../deps.ts';
import type { Engine } from '../engine.ts';

/** What the page stands on. */
export type PageDeps = Pick<ApiDeps, 'db' | 'clock' | 'log' | 'integrations'> & {
  engine: Pick<Engine, 'wake' | 'startReplay' | 'workflowUrl' | 'reachable' | 'testDestination'>;
  config: PageConfig;
};

type PageConfig = {
  /** The address that people use, e.g. `https://waybill.example.com`; loopback names are always allowed. */
  publicUrl?: string | undefined;
};
