import type { TestCheck } from '../activities/integrations/define.ts';
import type { ContractCheck, ContractChecked } from '../attestation/contract/again.ts';
import type { DeliveryState } from '../attestation/delivery/state.ts';

/** Which judgement is asked for; its row exists already. */
export type JudgementRef = { id: string; n: number; project: string; pipeline: string; workflowId: string };
export type DeliveryRef = { id: string; workflowId: string; state: DeliveryState };

/**
 * What the API asks of Temporal. Nothing here is needed for durability: the row is written first, and the sweeper
 * starts or wakes whatever was missed.
 */
export type Engine = {
  /**
   * Update-with-Start of one judgement; resolves when it is decided or `waitMs` is over (own timer); never throws for
   * an unreachable Temporal. The answer is read from the row by the caller.
   */
  judge(judgement: JudgementRef, waitMs: number, signal?: AbortSignal): Promise<'decided' | 'undecided'>;
  /** Starts it without waiting (respond-async). Best effort: the sweeper starts what is left. */
  start(judgement: JudgementRef): Promise<void>;
  /** Wakes a delivery after a command or skip was written: activity reset or signal. Best effort. */
  wake(delivery: DeliveryRef, what: 'retry' | 'skip'): Promise<void>;
  /** Starts a replay's workflow, or has it look at its row: it was created, resumed or cancelled. Best effort. */
  startReplay(id: string): Promise<void>;
  /** Runs a destination's test in a worker; named checks, or undefined when no worker answered in time. */
  testDestination(name: string, waitMs: number): Promise<TestCheck[] | undefined>;
  /**
   * Holds a contract against past attestations in a worker; undefined when none answered in time. `kept`: digest of an
   * answer that is too large for Temporal, as JSON in the store.
   */
  checkContract(asked: ContractCheck, waitMs: number): Promise<ContractChecked | { kept: string } | undefined>;
  /** Deep link into the Temporal UI, if one is configured. */
  workflowUrl(workflowId: string): string | undefined;
  /** For readyz. */
  reachable(): Promise<boolean>;
};
