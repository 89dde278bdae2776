import type { z } from '@hono/zod-openapi';
import type { Attestation } from '../attestations/schema.ts';
import { type ProblemError, problem } from '../problem.ts';
import type { Patience } from './prefer.ts';

type Body = z.output<typeof Attestation>;

/** Seconds after which a sender asks again. */
const RETRY_AFTER = '5';

/** How a verdict is told: accepted and asynchronous ones return, the others are problems, so that `curl --fail` sees them. */
export function answerOf(
  attestation: Body,
  patience: Patience,
): { status: 200 | 202; headers: Record<string, string> } {
  const headers = { ...(patience.applied && { 'preference-applied': patience.applied }) };
  if (attestation.verdict === 'accepted') return { status: 200, headers };
  if (attestation.verdict === 'rejected') throw rejected(attestation, headers);
  if (!patience.async) throw undecided(attestation, headers);
  return { status: 202, headers: { ...headers, location: attestation.links.self } };
}

function rejected(attestation: Body, headers: Record<string, string>): ProblemError {
  const failed = attestation.checks.filter(({ outcome }) => outcome === 'failed');
  const reasons = failed.map(({ code, message }) => `${code}: ${message}`).join(' | ');
  const detail = `rejected: ${failed.length} of ${attestation.checks.length} checks failed. ${reasons}`;
  return problem(422, 'attestation.rejected', detail, { headers, more: attestation });
}

const undecided = (attestation: Body, headers: Record<string, string>): ProblemError =>
  problem(
    503,
    'attestation.undecided',
    `recorded as ${attestation.id}, not judged yet; send it again or follow the link, nothing is lost`,
    { headers: { ...headers, 'retry-after': RETRY_AFTER, location: attestation.links.self }, more: attestation },
  );
