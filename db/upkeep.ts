/** What housekeeping removes. `files`: bytes of the store that no row refers to. */
export type Removable = 'attempts' | 'blobs' | 'inspections' | 'answers' | 'files';

/** What housekeeping removes and measures. Every verb that removes does a little, and counts it for good. */
export type Upkeep = {
  /**
   * Attempts that began before `before`, of so many deliveries by age. An open delivery keeps its last ten, an ended one
   * its last, however old. `next`: where to go on; null at the end.
   */
  removeAttempts(input: {
    before: string;
    after?: string | undefined;
    limit: number;
  }): Promise<{ removed: number; next: string | null }>;
  /** Rows of bytes that were last sent before `before` and that no attestation ever named, with what was cached of them. */
  removeBlobs(before: string, limit: number): Promise<number>;
  removeAnswers(before: string, limit: number): Promise<number>;
  /** Of these digests (some hundred) those that no row refers to: neither bytes of a project nor a statement. */
  unreferred(digests: readonly string[]): Promise<string[]>;
  /** When the oldest judgement without a verdict was asked for: its steps may have put bytes that no row names. */
  undecidedSince(): Promise<string | null>;
  noteFilesRemoved(removed: number): Promise<void>;
  /** What a look at one share of the store found. */
  noteShare(share: number, found: { files: number; bytes: number }, at: string): Promise<void>;
  /** Of the store what looks since `since` found, and in how many shares. */
  sizes(since: string): Promise<{
    databaseBytes: number;
    store: { shares: number; files: number; bytes: number };
    removed: { what: Removable; count: number }[];
  }>;
};
