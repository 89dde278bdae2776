import type { Verdict } from '../attestation/verdict.ts';
import type { HostedDelivery } from './hosts.ts';
import type { Conclusion, JudgementRecord, JudgementWork, MaterialRecord, SentPart, StoredPart } from './judgements.ts';
import type { PipelineRecord } from './pipelines.ts';
import type { Page, PageRequest, Who } from './verbs.ts';

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

/** What came of a POST (PROTOCOLS A): which judgement answers it. `joined`: another request asked the same thing first. */
export type Receipt = {
  id: string;
  n: number;
  outcome: 'new' | 'again' | 'joined' | 'accepted';
  verdict: Verdict | null;
  workflowId: string;
};

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
