import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Verification } from '../attestation/verdict.ts';
import type { Trust } from '../attestation/verify/verify.ts';
import { usageError } from './exit.ts';
import { digestsOf, readArtifact } from './files.ts';
import type { Io } from './io.ts';
import { unreadable, verifyOffline } from './verify-offline.ts';
import { checkSummary } from './verify-summary.ts';

const DIGEST = /^sha256:([0-9a-fA-F]{64})$/;

/** `FILE` or `sha256:HEX`, held against what a bundle signs: a file, or a statement that names it as a subject. */
export async function verifyArtifact(io: Io, artifact: string, bundle: Buffer, trust: Trust): Promise<Verification> {
  const { readMessageBundle, verifyMessage } = await import('../attestation/verify/message.ts');
  const { sha256Hex } = await import('../attestation/ids.ts');
  const digest = DIGEST.exec(artifact)?.[1]?.toLowerCase();
  if (artifact.startsWith('sha256:') && digest === undefined && !existsSync(resolve(io.cwd, artifact)))
    throw usageError(`Expected sha256: and 64 hexadecimal digits, found ${JSON.stringify(artifact)}.`);
  const given = digest === undefined ? undefined : { sha256: digest };
  const message = readMessageBundle(bundle);
  if (!message) return verifySubject(io, given ?? (await digestsOf(io, artifact)), bundle, trust);
  const file = given ?? (await readArtifact(io, artifact));
  if (!message.ok) return unreadable(message);
  const { checks, ...signed } = verifyMessage(message, file, trust);
  const sha256 = sha256Hex(bundle);
  return {
    // A signed file has no statement: the bundle stands for it.
    statements: [{ sha256, paeDigest: '', ...signed }],
    checks: checks.map((check) => ({ ...check, subject: sha256 })),
  };
}

async function verifySubject(
  io: Io,
  digests: { sha256: string; sha512?: string },
  bundle: Buffer,
  trust: Trust,
): Promise<Verification> {
  const { parseSubmission, parseStatement } = await import('../attestation/verify/parse.ts');
  const submission = parseSubmission(bundle);
  if (!submission.ok) return unreadable(submission);
  const verification = await verifyOffline(io, submission.statements, trust);
  const { isSubject } = await import('../attestation/verify/subjects.ts');
  const checks = submission.statements.flatMap(({ envelope, sha256 }) => {
    const read = parseStatement(envelope.payload);
    if (read.ok && isSubject(read.statement, digests)) return checkSummary(read.statement, sha256);
    const message = 'The statement is not about this file: its digest is no subject.';
    return [
      {
        code: 'artifact.mismatch',
        outcome: 'failed' as const,
        subject: sha256,
        message,
        expected: `a subject with sha256:${digests.sha256}`,
        found: 'no such subject',
      },
    ];
  });
  return { ...verification, checks: [...verification.checks, ...checks] };
}
