import type { AttachmentSpec } from '../attestation/resources.ts';
import type { Page, PageRequest, Put, Who } from './verbs.ts';

export type AttachmentRecord = {
  name: string;
  uid: string;
  spec: AttachmentSpec;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
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
