import type { PlannedDelivery } from '../attestation/delivery/plan.ts';
import type { Validation } from '../attestation/materials/inspection.ts';
import type { Check, StatementVerification, Verdict } from '../attestation/verdict.ts';

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

/** Bytes in the store that one statement or sent file consists of. */
export type StoredPart = { sha256: string; size: number };

export type SentPart = { name: string; sha256: string; sha512: string; size: number; mediaType: string };

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
