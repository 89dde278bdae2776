import type { DestinationSpec } from '../attestation/resources.ts';
import type { Cause } from './attempts.ts';
import type { Who } from './verbs.ts';

export type Hold = { kind: 'operator' | 'broken'; reason: string; code: string | null; since: string; by: string };

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
