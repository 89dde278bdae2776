export type SentThing = { attestation: string } | { project: string; sha256: string };

/** Who sent what, byte for byte; `receive` and `record` write it down. */
export type Sent = {
  has(tokenId: string, thing: SentThing): Promise<boolean>;
};
