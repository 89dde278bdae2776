import type { HostedDelivery } from './steps.ts';

/** What the workflow knows of a delivery: coarse, for search attributes. The row in the database has the rest. */
export type Progress = { delivery: HostedDelivery; state: 'open' | 'stuck' | 'blocked' | 'final'; note?: string };
