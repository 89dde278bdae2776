import type { Bundle } from '@sigstore/bundle';
import { RFC3161Timestamp } from '@sigstore/core';
import type { TransparencyLogEntry, TrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, VerificationError } from '@sigstore/verify';
import type { LogEntry, SignatureVerification } from '../verdict.ts';

export type SigningTime = NonNullable<SignatureVerification['time']>;
/** What a bundle proves about when it was signed, and who proves it. */
export type Proof = { time: SigningTime; logEntries: LogEntry[]; logIndex?: string };

/** A trusted root, as it was read and as the library uses it: both in one order. */
export type Root = { trustedRoot: TrustedRoot; material: TrustMaterial };
type Entry = TransparencyLogEntry;

/**
 * Only for a bundle that verified against this root: then all its times did, and the signature existed at the earliest of
 * them. Throws where a log that promised no time was not in use then: the library asks that of promises alone.
 */
export const readProof = ({ verificationMaterial }: Bundle, root: Root): Proof => {
  const { tlogEntries, timestampVerificationData } = verificationMaterial;
  const promised = tlogEntries.filter((entry) => entry.inclusionPromise);
  const times: SigningTime[] = [
    ...promised.flatMap((entry) => {
      const at = integratedAt(entry);
      return at === undefined ? [] : [{ at, provenBy: 'log' as const, name: logOf(entry, root).url }];
    }),
    ...(timestampVerificationData?.rfc3161Timestamps ?? []).map(({ signedTimestamp }) => {
      const timestamp = RFC3161Timestamp.parse(Buffer.from(signedTimestamp));
      const at = timestamp.signingTime.toISOString();
      return { at, provenBy: 'timestamp-authority' as const, name: authorityOf(timestamp, root) };
    }),
  ];
  const time = times.reduce((first, next) => (Date.parse(next.at) < Date.parse(first.at) ? next : first));
  const bare = tlogEntries.filter((entry) => !entry.inclusionPromise);
  if (!bare.every((entry) => wasInUse(entry, new Date(time.at), root)))
    throw new VerificationError({ code: 'TLOG_INCLUSION_PROOF_ERROR', message: 'the log was not in use at that time' });
  // Only the log's promise covers the index that it is known by.
  const [first] = promised;
  return { time, logEntries: readLogEntries(tlogEntries, root), ...(first && { logIndex: first.logIndex }) };
};

/** Only for entries that were proven to be in the logs of this root. */
export const readLogEntries = (entries: readonly Entry[], root: Root): LogEntry[] =>
  entries.map((entry) => {
    const { inclusionPromise, inclusionProof, logIndex } = entry;
    const at = integratedAt(entry);
    // Without a promise nobody signs the entry's own index and time; its place in the tree is proven.
    const index = inclusionPromise ? logIndex : inclusionProof?.logIndex;
    return { ...logOf(entry, root), ...(index && { index }), ...(inclusionPromise && at && { integratedAt: at }) };
  });

const integratedAt = ({ integratedTime }: Entry): string | undefined =>
  Number(integratedTime) === 0 ? undefined : new Date(Number(integratedTime) * 1000).toISOString();

/** The log whose key the entry was verified with: the library takes none of another id. */
const logOf = ({ logId }: Entry, { material }: Root): Pick<LogEntry, 'url' | 'logId'> => {
  const id = Buffer.from(logId?.keyId ?? []);
  const log = material.tlogs.find(({ logID }) => id.equals(logID));
  return { url: log?.baseURL ?? '', logId: id.toString('hex') };
};

const wasInUse = ({ logId }: Entry, at: Date, { material }: Root): boolean =>
  material.tlogs.some(
    ({ logID, validFor }) =>
      logID.equals(Buffer.from(logId?.keyId ?? [])) && validFor.start <= at && at <= validFor.end,
  );

/** The authority whose key a timestamp was verified with: the library takes none of another name and number. */
const authorityOf = (
  { signerIssuer, signerSerialNumber }: RFC3161Timestamp,
  { material, trustedRoot }: Root,
): string => {
  const at = material.timestampAuthorities.findIndex(({ certChain: [leaf] }) => {
    return leaf?.serialNumber.equals(signerSerialNumber) && leaf.issuer.equals(signerIssuer);
  });
  const { uri, subject } = trustedRoot.timestampAuthorities[at] ?? {};
  return uri || [subject?.commonName, subject?.organization].filter(Boolean).join(', ') || 'without a name';
};
