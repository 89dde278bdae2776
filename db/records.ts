import type { DeliveryState } from '../attestation/delivery/state.ts';
import type { Validation } from '../attestation/materials/inspection.ts';
import type { AttachmentSpec, DestinationSpec, PipelineSpec, TokenRole } from '../attestation/resources.ts';
import type { Check, StatementVerification, Verdict } from '../attestation/verdict.ts';

/** Records as the verbs return them. Times are ISO 8601 UTC strings with milliseconds; digests are lower-case hex. */

/** Who did it, for the audit: a token, or the system itself. */
export type Actor = { id: string; name: string };
export const SYSTEM: Actor = { id: 'system', name: 'system' };

/** A page of a list. `next` is an opaque cursor; null at the end. */
export type Page<T> = { items: T[]; next: string | null };
export type PageRequest = { limit: number; cursor?: string | undefined };

export type TokenRecord = {
  id: string;
  name: string;
  role: TokenRole;
  /** Globs over `project/pipeline`; empty = everything. */
  scope: string[];
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
};

export type PipelineRecord = {
  uid: string;
  project: string;
  name: string;
  spec: PipelineSpec;
  createdAt: string;
  updatedAt: string;
};

export type ContractRevision = {
  name: string;
  revision: number;
  digest: string;
  text: string;
  createdAt: string;
  createdBy: string;
};

/** `parsed` is the verify room's TrustedKey (public material only), kept as JSON. */
export type TrustedKeyRecord = { name: string; parsed: unknown; createdAt: string; updatedAt: string };

/** A key that verdicts are or were signed with. `id`: sha256 of the public key (SPKI, DER), hex; `publicKey`: PEM. */
export type VerdictKeyRecord = {
  id: string;
  publicKey: string;
  algorithm: string;
  createdAt: string;
  /** Since when another one signs. */
  retiredAt: string | null;
};

/** `spec` is the JSON of a TrustedRootSpec (public material only), as the API wrote it. */
export type TrustedRootRecord = { name: string; spec: string; createdAt: string; updatedAt: string };

/** A secret at rest: a reference, or a value sealed with the key of that id (AES-256-GCM, base64). */
export type StoredSecret = { ref: string } | { sealed: string; keyId: string };

export type DestinationRecord = {
  name: string;
  uid: string;
  spec: Omit<DestinationSpec, 'secrets'>;
  secrets: Record<string, StoredSecret>;
  /** Grows with every change of settings. */
  generation: number;
  createdAt: string;
  updatedAt: string;
};

export type AttachmentRecord = {
  name: string;
  uid: string;
  spec: AttachmentSpec;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
};

export type Hold = { kind: 'operator' | 'broken'; reason: string; code: string | null; since: string; by: string };

/** Bytes in the store that one statement or sent file consists of. */
export type StoredPart = { sha256: string; size: number };
export type SentPart = { name: string; sha256: string; sha512: string; size: number; mediaType: string };

export type AttestationRecord = {
  id: string;
  pipelineUid: string;
  project: string;
  pipeline: string;
  receivedSeq: number;
  receivedAt: string;
  receivedBy: string;
  statementDigest: string;
  statements: StoredPart[];
  /** The judgement that counts: the latest. */
  judgement: JudgementRecord;
};

export type JudgementRecord = {
  n: number;
  contract: { name: string; revision: number; digest: string } | null;
  pinnedAt: string | null;
  verdict: Verdict | null;
  decidedAt: string | null;
  checks: Check[];
  verification: StatementVerification[];
  annotations: Record<string, string>;
  duplicateOf: string | null;
  workflowId: string;
};

export type MaterialRecord = {
  name: string;
  type: string;
  slot: string | null;
  how: string;
  sha256: string;
  size: number;
  mediaType: string;
  bytes: 'stored' | 'inline' | 'absent';
  facts: Record<string, unknown>;
  /** How its content stands; absent or null where nobody had to look. */
  validation?: Validation | null;
  annotations: Record<string, string>;
};

export type Cause = { scope: 'retry' | 'delivery' | 'destination'; code: string; message: string };

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

export type AttemptRecord = {
  deliveryId: string;
  n: number;
  phase: 'deliver' | 'confirm';
  startedAt: string;
  finishedAt: string | null;
  outcome: 'delivered' | 'duplicate' | 'accepted' | 'skipped' | 'pending' | 'failed' | 'unknown' | null;
  scope: Cause['scope'] | null;
  code: string | null;
  message: string | null;
  status: number | null;
  latencyMs: number | null;
  bodyHead: string | null;
  probe: boolean;
};

export type CauseGroup = {
  destination: string;
  scope: Cause['scope'] | 'none';
  code: string;
  count: number;
  stuck: number;
  held: boolean;
  oldest: string;
  firstSeen: string | null;
  lastSeen: string | null;
  example: { deliveryId: string; message: string | null };
};

/** Deliveries that stand alike. */
export type DeliveryTally = {
  destination: string;
  state: DeliveryState;
  held: boolean;
  /** A retry was asked for and is not taken up yet. */
  asked: boolean;
  /** At least one attempt was made. */
  tried: boolean;
  count: number;
  /** Id of the oldest of them. */
  example: string;
};

export type AuditRecord = {
  seq: number;
  at: string;
  actor: Actor;
  action: string;
  target: string;
  detail: Record<string, unknown>;
};

/** What housekeeping removes. `files`: bytes of the store that no row refers to. */
export type Removable = 'attempts' | 'blobs' | 'inspections' | 'answers' | 'files';
