import type { DestinationSpec } from '../attestation/resources.ts';
import type { Page, PageRequest, Put, Who } from './verbs.ts';

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
