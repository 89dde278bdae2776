/** Where things stand in an archive. What the server or a signer chose is encoded: a path is never theirs to write. */
const name = encodeURIComponent;

export const PATHS = {
  statement: (sha256: string) => `statements/${name(sha256)}.json`,
  judgement: (n: number) => `judgements/${n}.json`,
  summary: (n: number) => `judgements/${n}.vsa.json`,
  contract: (contract: string, revision: number) => `contracts/${name(contract)}.${revision}.yaml`,
  material: (sha256: string) => `materials/${name(sha256)}`,
  delivery: (id: string) => `deliveries/${name(id)}.json`,
  verdictKey: (id: string) => `keys/verdict/${name(id)}.pem`,
  trustedKey: (key: string) => `keys/signers/${name(key)}.json`,
  signerKey: (key: string) => `keys/signers/${name(key)}.pem`,
  trustedRoot: (root: string) => `keys/roots/${name(root)}.json`,
} as const;
