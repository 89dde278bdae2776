/** Shares that the store is looked at in, one at a time: by the first byte of the digest. */
export const SHARES = 256;

/** A look at one share. `stale`: digests of what nobody has put since the time asked for. */
export type Survey = { files: number; bytes: number; stale: string[] };

/**
 * How bytes that nobody wants are removed, beside processes that put and read at any time. In two steps, because a file
 * can be put again at the very moment in which it is taken: it is set aside first, where readers still find it, and
 * dropped later, if nobody put it or refers to it then. Whether a row refers to bytes is for the caller to know, and to
 * ask before each step. A crash between the steps leaves what the next look finds.
 */
export type StoreUpkeep = {
  survey(share: number, before: Date): Promise<Survey>;
  /** False: it was put since `before` after all, or is not there; then nothing is done. */
  setAside(sha256: string, before: Date): Promise<boolean>;
  /** What was set aside before `before`, at most `limit`; `putAt`: when it was last put. */
  listAside(before: Date, limit: number): Promise<{ sha256: string; putAt: Date }[]>;
  putBack(sha256: string): Promise<void>;
  drop(sha256: string): Promise<void>;
};
