import type { Page, PageRequest, Who } from './verbs.ts';

/** A key that verdicts are or were signed with. `id`: sha256 of the public key (SPKI, DER), hex; `publicKey`: PEM. */
export type VerdictKeyRecord = {
  id: string;
  publicKey: string;
  algorithm: string;
  createdAt: string;
  /** Since when another one signs. */
  retiredAt: string | null;
};

export type VerdictKeys = {
  /** The key in use from now on; the one before is retired and stays readable. The same one again changes nothing. */
  use(input: { id: string; publicKey: string; algorithm: string } & Who): Promise<VerdictKeyRecord>;
  get(id: string): Promise<VerdictKeyRecord | undefined>;
  /** The one in use. Undefined: no worker ever started. */
  current(): Promise<VerdictKeyRecord | undefined>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<VerdictKeyRecord>>;
};
