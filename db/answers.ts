/** Answers kept for `Idempotency-Key` (24 h). */
export type Answers = {
  find(
    tokenId: string,
    key: string,
    since: string,
  ): Promise<{ request: string; status: number; body: string } | undefined>;
  save(input: {
    tokenId: string;
    key: string;
    request: string;
    status: number;
    body: string;
    at: string;
  }): Promise<void>;
};
