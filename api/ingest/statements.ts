import { parseSubmission } from '../../attestation/verify/parse.ts';
import type { Refusal } from '../../attestation/verify/refusal.ts';

/** What recording needs of a statement that was received. */
export type Statement = { bytes: Uint8Array; sha256: string; paeDigest: string };
export type Statements = { ok: true; statements: Statement[] } | Refusal;

/** Plain data, fit for a worker thread. */
export type Documents = { documents: Uint8Array[]; maxBytes: number };

export function readStatements({ documents, maxBytes }: Documents): Statements {
  const parsed = parseSubmission(documents, { maxBytes });
  if (!parsed.ok) return parsed;
  const statements = parsed.statements.map(({ bytes, sha256, paeDigest }) => ({ bytes, sha256, paeDigest }));
  return { ok: true, statements };
}
