import type { PlannableMaterial } from '../attestation/delivery/plan.ts';
import type { ReplaySpec, ReplayState } from '../attestation/delivery/replay.ts';
import type { ReplayPlanned } from '../attestation/delivery/replay-page.ts';
import type { DeliveryState } from '../attestation/delivery/state.ts';
import type { Actor, Page, PageRequest, Who } from './verbs.ts';

/** A replay and how far it is. */
export type ReplayRecord = {
  id: string;
  spec: ReplaySpec;
  reason: string | null;
  state: ReplayState;
  /** Who brought it into this state, when, and why: a person, or the replay itself. */
  stateBy: Actor;
  stateAt: string;
  stateReason: string | null;
  createdBy: Actor;
  createdAt: string;
  finishedAt: string | null;
  /** Deliveries that it was to queue, counted when it was created. */
  total: number;
  /** Queued by it so far. */
  queued: number;
  /** Attestations up to this one (by `receivedSeq`) were looked at; it ends at `throughSeq`. */
  cursorSeq: number;
  throughSeq: number;
  /** Its deliveries by state, now. */
  deliveries: Partial<Record<DeliveryState, number>>;
  /** The destination is paused or broken: it goes on by itself when it is held no more. */
  held: boolean;
  workflowId: string;
};

/** An accepted attestation that a replay looks at, with every delivery that its attachments ever had of it. */
export type ReplayCandidate = {
  attestationId: string;
  receivedSeq: number;
  project: string;
  pipeline: string;
  materials: PlannableMaterial[];
  deliveries: {
    id: string;
    attachmentUid: string;
    /** An attachment may have led elsewhere before. */
    destination: string;
    materialSha256: string | null;
    state: DeliveryState;
  }[];
};

/** What a lane of a replay has to do now. */
export type ReplayTurn =
  | { kind: 'over' }
  | {
      kind: 'paused';
      reason: string | null;
      spec: ReplaySpec;
      /** What had begun and goes on to its end: it keeps others waiting under its order key. */
      due: { id: string; state: DeliveryState }[];
      queued: number;
    }
  | {
      kind: 'go';
      spec: ReplaySpec;
      /** Its deliveries whose time has come, in the order of receipt; those that are `confirming` are asked about. */
      due: { id: string; state: DeliveryState }[];
      /** When the next of the others is due; null: none waits. */
      nextAt: string | null;
      /** Deliveries that it may queue before its window is full. */
      room: number;
      queued: number;
      cursorSeq: number;
      throughSeq: number;
    };

/** What a lane saw since it asked last: refusals since the last success, if there was one, and what the last one said. */
export type ReplayNews = { arrived: boolean; refused: number; said: string };

export type Replays = {
  create(
    input: { id: string; spec: ReplaySpec; throughSeq: number; total: number; reason: string | null } & Who,
  ): Promise<ReplayRecord>;
  get(id: string): Promise<ReplayRecord | undefined>;
  /** Newest first. */
  list(
    filter: { destination?: string | undefined; state?: ReplayState[] | undefined },
    page: PageRequest,
  ): Promise<Page<ReplayRecord>>;
  /**
   * Pauses, goes on, or gives up; a cancelled one's open deliveries end `skipped`, with who and why. `changed` false: it
   * was so already, or has ended. Undefined: no such replay.
   */
  steer(
    id: string,
    to: 'paused' | 'running' | 'cancelled',
    who: Who & { reason: string | null },
  ): Promise<{ record: ReplayRecord; changed: boolean } | undefined>;
  /** The greatest `receivedSeq` there is; 0 when nothing came yet. */
  latestSeq(): Promise<number>;
  /**
   * The next attestations in the order of receipt, after `afterSeq` and up to `throughSeq`: accepted, no duplicate, within
   * the time and pipelines of the spec. `looked`: all up to this one were looked at; at the end it is `throughSeq`. Fewer
   * than `limit`, even none, do not mean the end: a call looks at a bounded stretch.
   */
  candidates(input: {
    spec: ReplaySpec;
    attachmentUids: readonly string[];
    afterSeq: number;
    throughSeq: number;
    limit: number;
  }): Promise<{ items: ReplayCandidate[]; looked: number }>;
  /**
   * What lane `lane` of `lanes` has to do, one transaction: writes down what it saw since, pauses the replay after 100
   * refusals in a row, and ends it when all was looked at and nothing is open but what is blocked (the sweeper finds new
   * hosts for that). With fewer lanes than before, each sees to what the others left. Undefined: no such replay.
   */
  take(input: {
    id: string;
    lane: number;
    lanes: number;
    /** Deliveries of a lane that may be open at once, blocked ones not counted. */
    window: number;
    news: ReplayNews;
    at: string;
  }): Promise<ReplayTurn | undefined>;
  /**
   * Moves the cursor from `fromSeq` to `toSeq` and queues what was planned in between, one transaction: inserted, or begun
   * anew. False when another lane was faster or the replay is not running: then nothing was written.
   */
  queue(input: {
    id: string;
    lane: number;
    fromSeq: number;
    toSeq: number;
    planned: readonly ReplayPlanned[];
    at: string;
  }): Promise<boolean>;
  /** Those whose workflow may be missing, not looked at since `before`; marks them. `stranded`: no destination any more. */
  toCheck(before: string, limit: number, at: string): Promise<{ id: string; over: boolean; stranded: boolean }[]>;
  /** Its workflow knows that it is over: nobody looks for it any more. No effect on one that is not. */
  closed(id: string): Promise<void>;
};
