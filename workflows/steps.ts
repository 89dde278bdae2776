import type { ContractCheck, ContractChecked } from '../attestation/contract/again.ts';
import type { Decision } from '../attestation/contract/decide.ts';
import type { ReplayMode, ReplayState } from '../attestation/delivery/replay.ts';
import type { StatementVerification, Verdict, Verification } from '../attestation/verdict.ts';

/** One judgement of one attestation: all that a workflow is given. */
export type JudgementRef = { id: string; n: number };

/** A delivery as its workflow hosts it. Durations in milliseconds; `createdAt` is ISO 8601 UTC. */
export type HostedDelivery = {
  id: string;
  destination: string;
  createdAt: string;
  stuckAfterMs: number;
  /** Longest one attempt may take. */
  attemptMs: number;
};

/** Digest of what is too large for a workflow's history: its JSON is in the store. */
export type Kept = { kept: string };

/** `decided`: somebody judged before, and that stands. */
export type Verified = { decided: true } | ({ decided: false } & (Verification | Kept));

/** Content that is too heavy for a local step: inspected first, by an ordinary activity each. */
export type HeavyContent = { sha256: string; type: string };

/** A decision with what it was made from, as it is written down. */
export type Judged = Decision & {
  subjects: { name: string; digest: Record<string, string> }[];
  verification: StatementVerification[];
};

/** A judgement ready to be written down, or what must be inspected before it can be made. */
export type Checked = { ready: false; heavy: HeavyContent[] } | { ready: true; decision: Judged | Kept };

export type Concluded = {
  verdict: Verdict;
  duplicateOf: string | null;
  pipeline: string;
  contract: string;
  deliveries: HostedDelivery[];
};

/** How a delivery's activity ended; failures carry a type of {@link DeliveryFailure}. */
export type DeliveryStep = {
  /** `elsewhere`: another workflow carries it by now. */
  state: 'delivered' | 'skipped' | 'superseded' | 'expired' | 'confirming' | 'elsewhere';
};

/** Types of the `ApplicationFailure`s that leave a delivery's activity. The first two are final for the activity. */
export type DeliveryFailure = 'Blocked' | 'Expired' | 'Held' | 'Busy' | 'Retry' | 'Pending';

/** What a replay's workflow has to run. */
export type ReplayPlan = { destination: string; mode: ReplayMode } & (
  | { over: false; lanes: number; total: number; queued: number }
  | { over: true; state: ReplayState; queued: number }
);

/** How a turn of a replay's lane ended: how many lanes there should be by now, and how many deliveries were queued. */
export type LaneTurn = { over: true } | { over: false; lanes: number; queued: number };

/** Named checks of a destination's test, as its integration reports them. */
export type DestinationTestResult = {
  name: string;
  outcome: 'ok' | 'warn' | 'fail' | 'skipped';
  detail: string;
  remedy?: string;
}[];

/**
 * What the workflows ask of the activities. Every step may run twice, and may run after a crash of any process: it
 * returns what is recorded instead of doing it again.
 */
export type Steps = {
  /** Pins contract and time, verifies every statement. */
  verify(ref: JudgementRef): Promise<Verified>;
  /** Inspects materials and holds them against the contract. */
  check(ref: JudgementRef, verified: Verified & { decided: false }): Promise<Checked>;
  /** Inspects one heavy content in a worker thread and keeps the result by digest. */
  inspect(ref: JudgementRef, content: HeavyContent): Promise<void>;
  /** One transaction: verdict, materials, planned deliveries. A null decision reads what was recorded. */
  conclude(ref: JudgementRef, decision: Judged | Kept | null): Promise<Concluded>;
  /** The open deliveries that this workflow hosts. */
  hosted(workflowId: string): Promise<HostedDelivery[]>;
  deliver(deliveryId: string): Promise<DeliveryStep>;
  confirm(deliveryId: string): Promise<DeliveryStep>;
  /** What to run for a replay; one that is over knows from then on that its workflow has ended. */
  openReplay(replayId: string): Promise<ReplayPlan>;
  /** A turn of one lane out of `lanes`, a few seconds long. Only one of each may run at a time. */
  deliverPage(replayId: string, lane: number, lanes: number): Promise<LaneTurn>;
  testDestination(destination: string): Promise<DestinationTestResult>;
  checkContract(asked: ContractCheck): Promise<ContractChecked | Kept>;
};
