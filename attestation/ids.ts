import { hash, randomBytes } from 'node:crypto';

export const sha256Hex = (bytes: Uint8Array | string): string => hash('sha256', bytes);

/** Identity of an attestation: its pipeline and the sorted sha256s (hex) of its statements' bytes. Source: PROTOCOLS A. */
export const attestationId = (pipelineUid: string, statementSha256s: readonly string[]): string =>
  `att_${sha256Hex([pipelineUid, ...[...statementSha256s].sort()].join('\n')).slice(0, 32)}`;

/**
 * Identity of what was signed: sha256 over the sorted PAE digests (hex) of all statements. What was signed once and is
 * sent in two envelopes counts once. Source: PROTOCOLS A.
 */
export const statementDigest = (paeDigests: readonly string[]): string =>
  sha256Hex([...new Set(paeDigests)].sort().join('\n'));

/** Identity of a delivery; the same plan made twice has the same ids. Source: PROTOCOLS D. */
export const deliveryId = (attestation: string, attachmentUid: string, materialSha256 = '', replayId = ''): string =>
  `dlv_${sha256Hex([attestation, attachmentUid, materialSha256, replayId].join('\n')).slice(0, 32)}`;

/** A random id with a greppable prefix, e.g. `pl_5f…` (128 bits). */
export const randomId = (prefix: string): string => `${prefix}_${randomBytes(16).toString('hex')}`;
