import type { Verification } from '../attestation/verdict.ts';
import type { Trust } from '../attestation/verify/verify.ts';
import { refusal, usageError } from './exit.ts';
import { readInput } from './files.ts';
import type { Io } from './io.ts';

const DIGEST = /^sha256:([0-9a-fA-F]{64})$/;

/** `FILE` or `sha256:HEX`, held against what a bundle signs: a file, or a statement that names it as a subject. */
export async function verifyArtifact(io: Io, artifact: string, bundle: Buffer, trust: Trust): Promise<Verification> {
  const { readMessageBundle, verifyMessage } = await import('../attestation/verify/message.ts');
  const digest = DIGEST.exec(artifact)?.[1]?.toLowerCase();
  if (artifact.startsWith('sha256:') && digest === undefined)
    throw usageError(`Expected sha256: and 64 hexadecimal digits, found ${JSON.stringify(artifact)}.`);
  const file = digest === undefined ? { bytes: readInput(io, artifact) } : { sha256: digest };
  const message = readMessageBundle(bundle);
  if (!message) return verifySubject(io, file, bundle, trust);
  if (!message.ok) throw refusal(message.message, message);
  const { checks, ...signed } = verifyMessage(message, file, trust);
  const { sha256Hex } = await import('../attestation/ids.ts');
  const sha256 = sha256Hex(bundle);
  return {
    // A signed file has no statement: the bundle stands for it.
    statements: [{ sha256, paeDigest: '', ...signed }],
    checks: checks.map((check) => ({ ...check, subject: sha256 })),
  };
}

async function verifySubject(
  io: Io,
  file: { bytes: Buffer } | { sha256: string },
  bundle: Buffer,
  trust: Trust,
): Promise<Verification> {
  const { parseSubmission, parseStatement } = await import('../attestation/verify/parse.ts');
  const { verifyStatements } = await import('../attestation/verify/verify.ts');
  const submission = parseSubmission(bundle);
  if (!submission.ok) throw refusal(submission.message, submission);
  const rules = { at: io.now(), project: 'offline', pipeline: 'offline', threshold: 1 };
  const verification = verifyStatements(submission.statements, trust, rules);
  const { digestsOfBytes, isSubject } = await import('../attestation/verify/subjects.ts');
  const digests = 'bytes' in file ? digestsOfBytes(file.bytes) : file;
  const checks = submission.statements.flatMap(({ envelope, sha256 }) => {
    const read = parseStatement(envelope.payload);
    if (read.ok && isSubject(read.statement, digests)) return [];
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
