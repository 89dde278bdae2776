export type Blobs = {
  /**
   * Bytes count only under the project that sent them. `sentBy`: a token that reads by having sent them. `isClaimed`: an
   * attestation names them, so they are kept for good; else for a day from the last time they were sent.
   */
  record(input: {
    project: string;
    sha256: string;
    sha512: string;
    size: number;
    sentBy?: string | undefined;
    isClaimed?: boolean | undefined;
    at: string;
  }): Promise<void>;
  find(
    project: string,
    digest: { sha256?: string | undefined; sha512?: string | undefined },
  ): Promise<{ sha256: string; sha512: string; size: number } | undefined>;
  /** The same for all that an attestation names; what is not there is left out. What is found is kept for good from then on. */
  claimEach<D extends { sha256?: string | undefined; sha512?: string | undefined }>(
    project: string,
    digests: readonly D[],
  ): Promise<Map<D, { sha256: string; size: number }>>;
  /** Cached inspections, known by digest, type and validator's version. */
  findInspection(sha256: string, type: string, validator: string): Promise<unknown | undefined>;
  saveInspection(input: {
    sha256: string;
    type: string;
    validator: string;
    result: unknown;
    at: string;
  }): Promise<void>;
};
