import type { ActionEffect } from '../attestation/delivery/action.ts';
import type { PlannedDelivery } from '../attestation/delivery/plan.ts';
import type { DeliveryState } from '../attestation/delivery/state.ts';
import type { AttachmentSpec, DestinationSpec, PipelineSpec, TokenRole } from '../attestation/resources.ts';
import type { Check, StatementVerification, Verdict } from '../attestation/verdict.ts';
import type {
  Actor,
  AttachmentRecord,
  AttemptRecord,
  AttestationRecord,
  AuditRecord,
  Cause,
  CauseGroup,
  ContractRevision,
  DeliveryRecord,
  DeliveryTally,
  DestinationRecord,
  Hold,
  JudgementRecord,
  MaterialRecord,
  Page,
  PageRequest,
  PipelineRecord,
  SentPart,
  StoredPart,
  StoredSecret,
  TokenRecord,
  TrustedKeyRecord,
  TrustedRootRecord,
  VerdictKeyRecord,
} from './records.ts';
import type { Replays } from './replays.ts';
import type { Upkeep } from './upkeep.ts';

/**
 * The database as everybody sees it: verbs by noun, each one transaction, its audit entry included.
 * Every verb is durable when it resolves, may be called by several processes at once, and waits out a busy database by
 * itself. `by` is who asked; `at` is the time to write down: verbs read no clock.
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

type Who = { by: Actor; at: string };
/** `changed` is false when the same thing was there already: then nothing was written, not even an audit entry. */
type Put<T> = { record: T; created: boolean; changed: boolean };

export type Tokens = {
  create(
    input: { id: string; hash: string; name: string; role: TokenRole; scope: string[]; expiresAt: string | null } & Who,
  ): Promise<TokenRecord>;
  /** By sha256 (hex) of the whole token. Revoked and expired ones are returned too: the caller says why it refuses. */
  findByHash(hash: string): Promise<TokenRecord | undefined>;
  /** Notes the use; not audited, written at most once a minute. */
  touch(id: string, at: string): Promise<void>;
  list(page: PageRequest): Promise<Page<TokenRecord>>;
  /** Undefined when there is none; revoking twice changes nothing. */
  revoke(id: string, who: Who): Promise<TokenRecord | undefined>;
};

export type Pipelines = {
  /** Undefined when the contract does not exist. */
  put(input: { project: string; name: string; spec: PipelineSpec } & Who): Promise<Put<PipelineRecord> | undefined>;
  get(project: string, name: string): Promise<PipelineRecord | undefined>;
  /** `contract`: bound to the contract of this name. */
  list(
    filter: { project?: string | undefined; contract?: string | undefined },
    page: PageRequest,
  ): Promise<Page<PipelineRecord>>;
};

export type Contracts = {
  /** A new revision when the bytes differ from the latest one's; revisions are immutable and count from 1. */
  put(input: { name: string; text: string; digest: string } & Who): Promise<Put<ContractRevision>>;
  /** The latest when no revision is given. */
  get(name: string, revision?: number): Promise<ContractRevision | undefined>;
  list(page: PageRequest): Promise<Page<Omit<ContractRevision, 'text'>>>;
  revisions(name: string, page: PageRequest): Promise<Page<Omit<ContractRevision, 'text'>>>;
};

export type Trust = {
  putKey(input: { name: string; parsed: unknown } & Who): Promise<Put<TrustedKeyRecord>>;
  getKey(name: string): Promise<TrustedKeyRecord | undefined>;
  listKeys(page: PageRequest): Promise<Page<TrustedKeyRecord>>;
  /** All of them: what verification tries. */
  allKeys(): Promise<TrustedKeyRecord[]>;
  deleteKey(name: string, who: Who): Promise<boolean>;
  putRoot(input: { name: string; spec: string } & Who): Promise<Put<TrustedRootRecord>>;
  getRoot(name: string): Promise<TrustedRootRecord | undefined>;
  listRoots(page: PageRequest): Promise<Page<TrustedRootRecord>>;
  /** All of them, by name: the order in which verification tries them. */
  allRoots(): Promise<TrustedRootRecord[]>;
  deleteRoot(name: string, who: Who): Promise<boolean>;
};

export type VerdictKeys = {
  /** The key in use from now on; the one before is retired and stays readable. The same one again changes nothing. */
  use(input: { id: string; publicKey: string; algorithm: string } & Who): Promise<VerdictKeyRecord>;
  get(id: string): Promise<VerdictKeyRecord | undefined>;
  /** The one in use. Undefined: no worker ever started. */
  current(): Promise<VerdictKeyRecord | undefined>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<VerdictKeyRecord>>;
};

export type Destinations = {
  /**
   * Secrets not given keep what is stored, null drops one. Changed settings reset the probe's interval of a broken
   * destination to now, and ask for a retry of what waits because the destination was wrong (cause of that scope).
   */
  put(
    input: { name: string; spec: Omit<DestinationSpec, 'secrets'>; secrets: Record<string, StoredSecret | null> } & Who,
  ): Promise<Put<DestinationRecord>>;
  get(name: string): Promise<DestinationRecord | undefined>;
  list(page: PageRequest): Promise<Page<DestinationRecord>>;
  all(): Promise<DestinationRecord[]>;
  /** Puts the same secret under another key (compare-and-set): no new generation, no change of settings. */
  reseal(name: string, field: string, change: { from: StoredSecret; to: StoredSecret; at: string }): Promise<boolean>;
  /** Refused while attachments name it or deliveries to it are open: then it says how many. */
  delete(
    name: string,
    who: Who & { reason?: string | undefined },
  ): Promise<{ deleted: boolean; found: boolean; attachments: number; openDeliveries: number }>;
};

export type Attachments = {
  /** Undefined when the destination does not exist. */
  put(input: { name: string; spec: AttachmentSpec } & Who): Promise<Put<AttachmentRecord> | undefined>;
  get(name: string): Promise<AttachmentRecord | undefined>;
  list(filter: { destination?: string | undefined }, page: PageRequest): Promise<Page<AttachmentRecord>>;
  /** Those not deleted, with the integration of their destination. */
  all(): Promise<(AttachmentRecord & { integration: string })[]>;
  /**
   * Refused while its deliveries are open, unless they are to go on without it (`keepOpen`): then it says how many. Keeps
   * the row for its deliveries' sake.
   */
  delete(
    name: string,
    who: Who & { reason?: string | undefined; keepOpen?: boolean | undefined },
  ): Promise<{ deleted: boolean; found: boolean; openDeliveries: number }>;
};

/** What came of a POST (PROTOCOLS A): which judgement answers it. `joined`: another request asked the same thing first. */
export type Receipt = {
  id: string;
  n: number;
  outcome: 'new' | 'again' | 'joined' | 'accepted';
  verdict: Verdict | null;
  workflowId: string;
};

/** All that judging needs; the contract's revision and the time are pinned by the first call and never change. */
export type JudgementWork = {
  attestationId: string;
  n: number;
  pipeline: { uid: string; project: string; name: string };
  /** When CI sent what is judged: the latest POST, however often it is judged again by hand. */
  receivedAt: string;
  receivedSeq: number;
  statementDigest: string;
  statements: StoredPart[];
  parts: SentPart[];
  pinnedAt: string;
  contract: { name: string; revision: number; digest: string; text: string };
  /** Not null: somebody judged already, and that stands. */
  verdict: Verdict | null;
};

export type Conclusion = {
  verdict: Verdict;
  checks: Check[];
  verification: StatementVerification[];
  annotations: Record<string, string>;
  /** Names and digests of the signed subjects, for integrations and search. */
  subjects: { name: string; digest: Record<string, string> }[];
  materials: MaterialRecord[];
  deliveries: PlannedDelivery[];
  /** The verdict as signed evidence: a DSSE envelope as JSON. */
  vsa: string;
};

/** A delivery as its workflow hosts it. */
export type HostedDelivery = { id: string; destination: string; createdAt: string };
export type Concluded = {
  verdict: Verdict;
  duplicateOf: string | null;
  /** `name@revision` of the contract that was pinned. */
  contract: string;
  deliveries: HostedDelivery[];
};

export type AttestationFilter = {
  project?: string | undefined;
  pipeline?: string | undefined;
  verdict?: Verdict | 'undecided' | undefined;
  since?: string | undefined;
  until?: string | undefined;
  /** Digest (hex) of a statement, a material or a subject, or the statement digest. */
  digest?: string | undefined;
  /** Name or fingerprint of a key, or the SAN of a certificate. */
  signer?: string | undefined;
  /** Globs over project/pipeline that the reader may see; undefined = all, an empty list = none. */
  visible?: string[] | undefined;
};

type UndecidedJudgement = {
  id: string;
  n: number;
  project: string;
  pipeline: string;
  workflowId: string;
  receivedAt: string;
};

export type Attestations = {
  /**
   * One transaction (PROTOCOLS A, POST): unknown → attestation and judgement 1; accepted → its verdict; rejected →
   * judgement n+1; undecided → join. Parts sent again are merged by name into a judgement that is not pinned yet; a new
   * judgement starts with those of the one before it. It keeps the newest 500. The parts' bytes count under the project
   * from then on. `sentBy`: a token that reads by having sent it, remembered with the parts and, but for the first sender
   * (`receivedBy`), with the attestation.
   */
  receive(input: {
    id: string;
    pipeline: PipelineRecord;
    statementDigest: string;
    statements: StoredPart[];
    parts: SentPart[];
    receivedBy: string;
    sentBy?: string | undefined;
    at: string;
  }): Promise<Receipt>;
  /** Pins contract revision and time at the first call; later calls return what was pinned. Undefined: no such judgement. */
  pin(id: string, n: number, at: string): Promise<JudgementWork | undefined>;
  /**
   * `… where verdict is null`; when it was decided before, returns what is there. Accepted: inserts the unique row of
   * (pipeline, statementDigest); on conflict `duplicateOf`, and no deliveries. Deliveries have deterministic ids and are
   * hosted by the judgement's workflow; what is planned for an attachment deleted meanwhile is left out. Two judgements of
   * one attestation never disagree: the accepted one counts from then on, though later ones were asked for, and those
   * still open take its outcome with it; one that a later one rejected meanwhile takes over that rejection. Throws when the judgement is not there or not pinned.
   */
  conclude(id: string, n: number, conclusion: Conclusion, at: string): Promise<Concluded>;
  /**
   * A new judgement of a rejected or undecided one, asked for by hand or by the sweeper. Accepted, or no such attestation
   * → undefined. With `onlyIf`: only while judgement n is the latest and undecided, else the latest one, `joined`.
   */
  rejudge(id: string, who: Who & { reason: string; onlyIf?: { n: number } }): Promise<Receipt | undefined>;
  get(id: string): Promise<AttestationRecord | undefined>;
  judgements(id: string): Promise<JudgementRecord[]>;
  /** The same in pages, the first one first. */
  listJudgements(id: string, page: PageRequest): Promise<Page<JudgementRecord>>;
  /** The signed summary (DSSE, JSON) of a judgement's verdict; undefined while there is none. */
  vsa(id: string, n: number): Promise<string | undefined>;
  materials(id: string): Promise<MaterialRecord[]>;
  list(filter: AttestationFilter, page: PageRequest): Promise<Page<AttestationRecord>>;
  /** Judgements that count and have no verdict, asked for before `before`; oldest first. */
  undecided(before: string, limit: number): Promise<UndecidedJudgement[]>;
  /** Of the same, those that the sweeper did not take in hand since `before`, longest ago first; marks them as taken. */
  toSweep(before: string, limit: number, at: string): Promise<UndecidedJudgement[]>;
};

export type DeliveryFilter = {
  /** Only these. */
  ids?: readonly string[] | undefined;
  state?: DeliveryState[] | undefined;
  open?: boolean | undefined;
  stuck?: boolean | undefined;
  held?: boolean | undefined;
  destination?: string | undefined;
  /** Uid of an attachment, which may be deleted. */
  attachmentUid?: string | undefined;
  project?: string | undefined;
  pipeline?: string | undefined;
  attestation?: string | undefined;
  /** The replay that queued it last. */
  replay?: string | undefined;
  /** Code of its cause; `none` = those without one. */
  code?: string | undefined;
  /** Scope of its cause; `none` = those without one. */
  scope?: CauseGroup['scope'] | undefined;
  /** Open since before this time. */
  olderThan?: string | undefined;
  visible?: string[] | undefined;
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

type EvidenceColumns = { status?: number | undefined; latencyMs?: number | undefined; bodyHead?: string | undefined };
export type AttemptResult = { evidence: EvidenceColumns } & (
  | { outcome: 'delivered' | 'duplicate'; externalId?: string | undefined; url?: string | undefined }
  | { outcome: 'accepted'; token: string; url?: string | undefined; nextAttemptAt: string }
  | { outcome: 'pending'; nextAttemptAt: string; message?: string | undefined }
  | { outcome: 'skipped'; message: string }
  | ({ outcome: 'failed'; nextAttemptAt: string | null } & Cause)
);

/** Groups of one answer: destinations and codes are few, and whoever has more looks at one destination at a time. */
export const MOST_CAUSES = 1000;

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

/** A destination as the gates see it. */
export type DestinationGate = {
  name: string;
  integration: string;
  spec: Omit<DestinationSpec, 'secrets'>;
  generation: number;
  holds: Hold[];
  /** When the last hold was lifted. */
  liftedAt: string | null;
  probe: {
    nextAt: string;
    failed: number;
    claimedBy: string | null;
    claimedAt: string | null;
    winner: string | null;
  } | null;
};

export type Holds = {
  gates(): Promise<DestinationGate[]>;
  of(destination: string): Promise<Hold[]>;
  /** Of destinations that were held and are not: how many open deliveries waited then and have not been tried since; counted up to 10,000. */
  draining(): Promise<Map<string, number>>;
  /** Operator's hold. `changed` false when it was paused already. */
  pause(destination: string, reason: string, who: Who): Promise<{ found: boolean; changed: boolean }>;
  resume(destination: string, who: Who): Promise<{ found: boolean; changed: boolean }>;
  /** Inserts `broken` with its first probe 30 s away; false when it is broken already or not there. */
  break(destination: string, cause: Cause, at: string): Promise<boolean>;
  /** Drops `broken`: a probe or a test succeeded. Adds the time held to its open deliveries, and releases as `put` does. */
  heal(destination: string, how: string, at: string): Promise<boolean>;
  /** What was wrong may be mended, such as a secret's file: the next probe may come at once. */
  probeSoon(destination: string, at: string): Promise<void>;
  /** Sets the next probe 30 s → 15 min away and closes the claim. */
  failProbe(destination: string, reason: string, at: string): Promise<void>;
  /**
   * One process lets one permit through, once `nextAt` has passed (compare-and-set); not while an operator holds it. A
   * claim without a winner is over after 15 s, one whose winner never reports after 5 min, and any as soon as its process
   * was not heard of (`processes`) for 15 s.
   */
  claimProbe(destination: string, processId: string, at: string): Promise<boolean>;
  /** Closes this process's claim when it found no winner; true when it did: then `test()` is the probe, and the next claim an interval away. */
  abandonProbe(destination: string, processId: string, at: string): Promise<boolean>;
};

/** Which workflow carries which open deliveries, and what the sweeper does about the rest. */
export type Hosts = {
  /**
   * Deliveries with a command that nobody consumed and nobody sent since `before`, longest ago first; marks them as sent.
   * Those of a held destination have time until it is held no more.
   */
  staleCommands(before: string, limit: number, at: string): Promise<DeliveryRecord[]>;
  /**
   * Deliveries that were ended by somebody else than their workflow (skipped, superseded), which nobody told it of since
   * `before`; longest ago first; marks them as told of now. `told` ends the telling.
   */
  untold(
    before: string,
    limit: number,
    at: string,
  ): Promise<{ id: string; workflowId: string; state: DeliveryState }[]>;
  told(id: string): Promise<void>;
  /** Workflows of open deliveries that nobody looked at since `before`, oldest first; marks them as looked at. */
  toCheck(before: string, limit: number, at: string): Promise<{ workflowId: string; attestationId: string }[]>;
  /** Moves the open deliveries of a workflow that is gone to the next `redelivery/<attestation>/<n>`; undefined when none is open. */
  rehost(
    workflowId: string,
    attestationId: string,
    at: string,
  ): Promise<{ workflowId: string; deliveries: HostedDelivery[] } | undefined>;
  /** Open deliveries of one workflow: what a redelivery hosts. */
  hosted(workflowId: string): Promise<HostedDelivery[]>;
};

export type Blobs = {
  /**
   * Bytes count only under the project that sent them. `sentBy`: a token that reads by having sent them. `isClaimed`: an
   * attestation names them, so they are kept for good; else for a day from the last time they were sent.
   */
  record(input: {
    project: string;
    sha256: string;
    sha512: string;
    size: number;
    sentBy?: string | undefined;
    isClaimed?: boolean | undefined;
    at: string;
  }): Promise<void>;
  find(
    project: string,
    digest: { sha256?: string | undefined; sha512?: string | undefined },
  ): Promise<{ sha256: string; sha512: string; size: number } | undefined>;
  /** The same for all that an attestation names; what is not there is left out. What is found is kept for good from then on. */
  claimEach<D extends { sha256?: string | undefined; sha512?: string | undefined }>(
    project: string,
    digests: readonly D[],
  ): Promise<Map<D, { sha256: string; size: number }>>;
  /** Cached inspections, known by digest, type and validator's version. */
  findInspection(sha256: string, type: string, validator: string): Promise<unknown | undefined>;
  saveInspection(input: {
    sha256: string;
    type: string;
    validator: string;
    result: unknown;
    at: string;
  }): Promise<void>;
};

export type SentThing = { attestation: string } | { project: string; sha256: string };
/** Who sent what, byte for byte; `receive` and `record` write it down. */
export type Sent = {
  has(tokenId: string, thing: SentThing): Promise<boolean>;
};

export type Leases = {
  /** True when `holder` has it now: it was free, over, or his already. */
  take(name: string, holder: string, ttlMs: number, at: string): Promise<boolean>;
};

export type Processes = {
  heartbeat(input: { id: string; kind: 'api' | 'worker'; at: string }): Promise<void>;
  /** Ids of those heard of since `since`. */
  live(kind: 'api' | 'worker', since: string): Promise<string[]>;
  gone(id: string): Promise<void>;
};

export type Audit = {
  append(input: { action: string; target: string; detail?: Record<string, unknown> } & Who): Promise<void>;
  list(
    filter: { target?: string | undefined; action?: string | undefined },
    page: PageRequest,
  ): Promise<Page<AuditRecord>>;
};

/** Answers kept for `Idempotency-Key` (24 h). */
export type Answers = {
  find(
    tokenId: string,
    key: string,
    since: string,
  ): Promise<{ request: string; status: number; body: string } | undefined>;
  save(input: {
    tokenId: string;
    key: string;
    request: string;
    status: number;
    body: string;
    at: string;
  }): Promise<void>;
};
