import type { Answers } from './answers.ts';
import type { Attachments } from './attachments.ts';
import type { Attestations } from './attestations.ts';
import type { Audit } from './audit.ts';
import type { Blobs } from './blobs.ts';
import type { Contracts } from './contracts.ts';
import type { Deliveries } from './deliveries.ts';
import type { Destinations } from './destinations.ts';
import type { Holds } from './holds.ts';
import type { Hosts } from './hosts.ts';
import type { Leases } from './leases.ts';
import type { Pipelines } from './pipelines.ts';
import type { Processes } from './processes.ts';
import type { Replays } from './replays.ts';
import type { Sent } from './sent.ts';
import type { Tokens } from './tokens.ts';
import type { Trust } from './trust.ts';
import type { Upkeep } from './upkeep.ts';
import type { VerdictKeys } from './verdict-keys.ts';

/**
 * The database as everybody sees it: verbs by noun, each one transaction, its audit entry included.
 * Every verb is durable when it resolves, may be called by several processes at once, and waits out a busy database by
 * itself. `by` is who asked; `at` is the time to write down: verbs read no clock. Times are ISO 8601 UTC strings with
 * milliseconds, digests lower-case hex.
 */
export type Database = {
  tokens: Tokens;
  pipelines: Pipelines;
  contracts: Contracts;
  trust: Trust;
  destinations: Destinations;
  attachments: Attachments;
  attestations: Attestations;
  deliveries: Deliveries;
  holds: Holds;
  hosts: Hosts;
  replays: Replays;
  blobs: Blobs;
  sent: Sent;
  leases: Leases;
  processes: Processes;
  audit: Audit;
  upkeep: Upkeep;
  answers: Answers;
  verdictKeys: VerdictKeys;
  close(): void;
};
