import type { ActionEffect } from '../attestation/delivery/action.ts';
import type { DeliveryState } from '../attestation/delivery/state.ts';
import type { AttachmentRecord } from './attachments.ts';
import type { AttemptRecord, AttemptResult, Cause } from './attempts.ts';
import type { CauseGroup, DeliveryFilter, DeliveryTally } from './delivery-lists.ts';
import type { DestinationRecord } from './destinations.ts';
import type { Hold } from './holds.ts';
import type { MaterialRecord } from './judgements.ts';
import type { Page, PageRequest, Who } from './verbs.ts';

export type DeliveryRecord = {
  id: string;
  attestationId: string;
  project: string;
  pipeline: string;
  attachmentUid: string;
  attachment: string;
  destination: string;
  materialSha256: string | null;
  material: { name: string; type: string } | null;
  state: DeliveryState;
  receivedSeq: number;
  idempotencyKey: string;
  createdAt: string;
  /** When its state last changed. */
  changedAt: string;
  nextAttemptAt: string | null;
  attempts: number;
  /** Failures in a row; a success or a retry command does not reset the log, only this. */
  failures: number;
  cause: Cause | null;
  /** What the asynchronous receiver gave to ask with, while confirming. */
  token: string | null;
  acceptedAt: string | null;
  externalId: string | null;
  url: string | null;
  orderKey: string | null;
  supersededBy: string | null;
  /** Who skipped it, and why. */
  skipped: { by: string; reason: string } | null;
  command: { what: 'retry'; at: string; by: string } | null;
  /** The replay that queued it last. */
  replayId: string | null;
  workflowId: string;
  heldMs: number;
  /** Derived at reading time. */
  held: boolean;
  stuck: boolean;
};

/** Everything `deliver` and `confirm` need to know before they begin. */
export type DeliveryWork = {
  /** Whether it is stuck is a question of the time, which is not asked here. */
  delivery: Omit<DeliveryRecord, 'stuck'>;
  destination: DestinationRecord;
  attachment: AttachmentRecord;
  attestation: {
    id: string;
    project: string;
    pipeline: string;
    statementDigest: string;
    receivedAt: string;
    subjects: { name: string; digest: Record<string, string> }[];
  };
  materials: MaterialRecord[];
};

/** What the prologue found (PROTOCOLS D). Only `go` has written an attempt. */
export type Begun =
  /** `openMs`: how long it has been open, as expiry counts it. */
  | { kind: 'go'; attempt: number; probe: boolean; openMs: number }
  /** It ended before, or with this call (`superseded`, `expired`). */
  | { kind: 'final'; state: DeliveryState }
  /** Deliver was asked for one that is confirming already. */
  | { kind: 'confirming' }
  | { kind: 'blocked' }
  | { kind: 'held'; holds: Hold[] }
  /** Another delivery with the same order key is on its way. */
  | { kind: 'busy'; behind: string }
  /** The worker of the attempt before died, so many times in a row: it waits as after a failure. */
  | { kind: 'lost'; inARow: number; nextAttemptAt: string };

/** An action on deliveries; giving up takes a reason. */
export type Asked = { action: 'retry'; reason: string | null } | { action: 'skip'; reason: string };

export type Deliveries = {
  load(id: string): Promise<DeliveryWork | undefined>;
  /**
   * The prologue of an attempt, one transaction: a final row → `final`; a stale `trying` closes its attempt as
   * `unknown`, and when it is not the first in a row waits (`lost`), in the end blocked; a waiting command is consumed (a
   * blocked row goes on only with one); held and not the winner of an open probe of this process → `held`; order key
   * busy → `busy`; older than what was delivered under its key → superseded, blocked ones too; expired; else `trying` (or
   * still `confirming`) and the attempt's row. `held` writes nothing. `expiresAfterMs` counts from creation, from the last
   * retry command, or (confirm) from the receiver's acceptance; time held does not count. One that was skipped in the
   * middle of its call keeps the order key until the call has ended, `attemptMs` at most.
   * Throws `MissingRowError` for a delivery that is not there.
   */
  begin(input: {
    id: string;
    phase: 'deliver' | 'confirm';
    processId: string;
    orderKey: string | null;
    expiresAfterMs: number;
    /** Longest that one attempt may take. */
    attemptMs: number;
    at: string;
  }): Promise<Begun>;
  /**
   * The attempt's result and the state it leads to, one transaction. A result after a skip is logged and changes
   * nothing. Failed with scope `delivery` → blocked. A success, `accepted`, or a delivery-scoped refusal drops the
   * destination's `broken` hold; the winner of a probe that fails otherwise sets the next probe. `brokenSuspected` is
   * true when a destination-scoped failure calls for `test()`; where `test` has effects (`testHasEffects`), the second
   * different delivery in a row (of another attachment, where several have open deliveries) breaks the destination here.
   * Of an attempt that was closed as `unknown` meanwhile only a success changes the state. What is delivered ends the
   * older ones under its order key that are not on their way: `superseded`. `overdue`: its time is over, so that it is
   * blocked with that cause unless this attempt ended it.
   */
  finish(input: {
    id: string;
    attempt: number;
    result: AttemptResult;
    testHasEffects: boolean;
    overdue?: Cause | undefined;
    at: string;
  }): Promise<{ state: DeliveryState; brokenSuspected: boolean }>;
  /** waiting or confirming → blocked: the destination is fine, this delivery is not (PROTOCOLS C). Else as it is. */
  refuse(id: string, cause: Cause, at: string): Promise<DeliveryState>;
  /** Writes a retry command. Undefined: no such delivery. A final one is returned unchanged, without a command. */
  commandRetry(id: string, who: Who & { reason: string | null }): Promise<DeliveryRecord | undefined>;
  /** Ends it `skipped`. Undefined: no such delivery; `done` false when it was final already. */
  skip(id: string, who: Who & { reason: string }): Promise<{ delivery: DeliveryRecord; done: boolean } | undefined>;
  /**
   * Either of them for many, at most some hundred: one transaction, each delivery with the audit entry that it has alone,
   * which names the bulk action `of`. What acting does is decided here, from the row; a retry asked for before is left as
   * it is. The oldest first; ids that are not there are left out.
   */
  act(
    input: { ids: readonly string[]; of: string } & Who & Asked,
  ): Promise<{ delivery: DeliveryRecord; effect: ActionEffect }[]>;
  get(id: string, at: string): Promise<DeliveryRecord | undefined>;
  /** Stuck first, then oldest first, when `open`; else newest first. */
  list(filter: DeliveryFilter, page: PageRequest, at: string): Promise<Page<DeliveryRecord>>;
  /** Newest first. `removed`: how many older ones housekeeping has removed. */
  attempts(id: string, page: PageRequest): Promise<Page<AttemptRecord> & { removed: number }>;
  /** Open deliveries grouped by (destination, scope, code); stuck ones first, then by age; `MOST_CAUSES` at most. */
  causes(filter: DeliveryFilter, at: string): Promise<CauseGroup[]>;
  /** How many stand alike, by destination and then by all that decides what an action would do to them. */
  tally(filter: DeliveryFilter, at: string): Promise<DeliveryTally[]>;
  /** Counts and oldest open time per destination and state, ended ones included, for metrics and the page. */
  counts(at: string): Promise<
    {
      destination: string;
      integration: string;
      state: DeliveryState;
      count: number;
      stuck: number;
      oldest: string | null;
    }[]
  >;
};
