import type { DeliveryState } from '../../attestation/delivery/state.ts';
import type { AttemptRecord } from '../../db/attempts.ts';

/** What one CI sent, and everything it was told. */
export type Sent = {
  n: number;
  pipeline: string;
  isForged: boolean;
  firstAt: string;
  /** Answers in order of arrival; a connection that was lost is none. */
  answers: { status: number; id: string | undefined; at: string }[];
  lostConnections: number;
};

/** One request of ours that reached a receiver, test events left out. */
export type Received = {
  receiver: string;
  at: string;
  /** What the receiver knows a repeat by: the idempotency key, or the document's own digest. */
  key: string;
  /** What it is about: an attestation, or a material by its sha256. */
  about: { attestationId: string } | { sha256: string };
  /** `effect`: it was committed; `repeat`: recognised as one that was; `refused`: neither. */
  outcome: 'effect' | 'repeat' | 'refused';
};

type AttestationRow = { id: string; pipeline: string; verdict: string | null };
export type DeliveryRow = {
  id: string;
  attestationId: string;
  receivedSeq: number;
  attachment: string;
  destination: string;
  materialSha256: string | null;
  idempotencyKey: string;
  state: DeliveryState;
  attempts: number;
  causeCode: string | null;
  orderKey: string | null;
  supersededBy: string | null;
  createdAt: string;
  finishedAt: string | null;
};
export type AttemptRow = Pick<
  AttemptRecord,
  'deliveryId' | 'n' | 'phase' | 'startedAt' | 'finishedAt' | 'outcome' | 'code'
>;

/** Everything that is known after a run: what CI says, what receivers say, and what the database says. */
export type Ledger = {
  /** Destinations by name; `key`: repeats are recognised, `digest`: they overwrite themselves, `none`: they are posted again. */
  receivers: Readonly<Record<string, { dedupe: 'key' | 'digest' | 'none' }>>;
  /** What should be delivered of an accepted attestation of which pipelines. */
  attachments: readonly { name: string; pipelines: readonly string[] }[];
  sent: readonly Sent[];
  received: readonly Received[];
  attestations: readonly AttestationRow[];
  deliveries: readonly DeliveryRow[];
  attempts: readonly AttemptRow[];
  /** Workflows that still ran at the end. */
  openWorkflows: readonly string[];
  /** Where a secret was found. */
  leaks: readonly string[];
};
