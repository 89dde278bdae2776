import { z } from 'zod';
import { Check } from '../attestation/verdict.ts';
import type { Answer, Client } from './client.ts';
import { CliError, EXIT, refusal } from './exit.ts';
import { type Io, paint, printable, printJson } from './io.ts';
import { apiPath, type PipelinePath } from './options.ts';
import { problemError } from './problem.ts';
import { type Content, multipart, type Part } from './upload.ts';

/** What every answer to a submission says, as far as the CLI reads it. */
const Judged = z.looseObject({
  id: z.string(),
  verdict: z.enum(['accepted', 'rejected', 'undecided']),
  checks: z.array(Check).default([]),
  deliveries: z.array(z.looseObject({ destination: z.string() })).default([]),
  links: z.record(z.string(), z.unknown()).optional(),
});
export type Judged = z.infer<typeof Judged>;

export type Submission = PipelinePath & {
  attestations: readonly Content[];
  materials?: readonly Part[];
  /** Patience in seconds over all tries. */
  wait?: number;
  async?: boolean;
};

const UPLOAD_MS = 3_600_000;
const WAIT_S = 120;
const SLOWEST_POLL_S = 30;

/**
 * Sends an attestation until it is judged: 503 means sent, not judged, send again, and a repeat is harmless.
 * Fails with exit 3 when the patience ends first: a build is never green because nobody judged.
 */
export async function submitAttestation(io: Io, client: Client, submission: Submission): Promise<Judged> {
  const path = `${apiPath('pipelines', submission.project, submission.pipeline)}/attestations`;
  const until = io.now().getTime() + (submission.wait ?? WAIT_S) * 1000;
  for (;;) {
    const answer = await client.exchange<unknown>(path, {
      method: 'POST',
      content: contentOf(submission),
      timeoutMs: UPLOAD_MS,
      headers: headersOf(submission),
    });
    const judged = read(answer, client);
    if (judged) return judged;
    await pause(io, answer, until, client);
  }
}

/** Prints the verdict for people or as JSON; a rejection ends the command with exit 1. */
export function printVerdict(io: Io, judged: Judged, { json }: { json?: boolean | undefined }): void {
  if (json) printJson(io, judged);
  else printForPeople(io, judged);
  if (judged.verdict === 'rejected') {
    throw refusal(`The attestation was rejected (${judged.checks.filter(isFailed).length} failed checks).`);
  }
}

function printForPeople(io: Io, { id, verdict, checks, deliveries, links }: Judged): void {
  const colour = verdict === 'accepted' ? 'green' : verdict === 'rejected' ? 'red' : 'yellow';
  io.out(`${paint(io, colour, verdict === 'undecided' ? 'recorded, not judged yet' : verdict)}  ${printable(id)}\n`);
  printChecks(
    io,
    checks.filter((check) => isFailed(check) || check.outcome === 'warned'),
  );
  if (verdict === 'accepted' && deliveries.length > 0) {
    const to = [...new Set(deliveries.map(({ destination }) => destination))].join(', ');
    io.out(`  ${deliveries.length} ${deliveries.length === 1 ? 'delivery' : 'deliveries'} to ${printable(to)}\n`);
  }
  for (const name of ['console', 'temporal']) {
    const link = links?.[name];
    if (typeof link === 'string') io.out(`  ${name.padEnd(8)}  ${printable(link)}\n`);
  }
}

const MARKS = {
  failed: ['✗', 'red'],
  warned: ['!', 'yellow'],
  passed: ['✓', 'green'],
  claimed: ['~', 'yellow'],
  skipped: ['-', 'grey'],
} as const;

/** A check a line, with what to do below. */
export function printChecks(io: Io, checks: readonly Check[]): void {
  for (const check of checks) {
    const [mark, colour] = MARKS[check.outcome];
    const line = check.contractLine ? ` (contract line ${check.contractLine})` : '';
    io.out(`  ${paint(io, colour, mark)} ${printable(check.code)}: ${printable(check.message)}${line}\n`);
    const isSaid = check.outcome === 'passed' || (check.remedy && check.message.includes(check.remedy));
    if (check.remedy && !isSaid) io.out(`      ${printable(check.remedy)}\n`);
  }
}

const isFailed = (check: Check): boolean => check.outcome === 'failed';

/** Judged, or taken over on request. Undefined when it must be sent again. */
function read({ status, body }: Answer<unknown>, client: Client): Judged | undefined {
  const judged = Judged.safeParse(body).data;
  if (judged && (status === 200 || status === 201 || status === 202)) return judged;
  if (judged?.verdict === 'rejected' && status === 422) return judged;
  if (status === 503) return undefined;
  throw problemError(status, body, client.url.origin);
}

async function pause(io: Io, { headers, body }: Answer<unknown>, until: number, client: Client): Promise<void> {
  const asked = Number(headers.get('retry-after'));
  const seconds = Math.min(asked > 0 ? asked : 2, SLOWEST_POLL_S);
  const left = until - io.now().getTime();
  if (left <= seconds * 1000) {
    const { code, message } = problemError(503, body, client.url.origin);
    throw new CliError(EXIT.failed, `No verdict in time. ${message}`, {
      code,
      remedy: 'Send it again, or wait longer with --wait: a repeat is harmless and finds what was recorded.',
    });
  }
  io.err(`Not judged yet; asking again in ${seconds} s (at most ${Math.ceil(left / 1000)} s more).\n`);
  await io.sleep(seconds * 1000);
}

function contentOf({ attestations, materials = [] }: Submission): Content {
  const [only, ...others] = attestations;
  if (only && others.length === 0 && materials.length === 0) return only;
  return multipart([...attestations.map((content) => ({ name: 'attestation', content })), ...materials]);
}

function headersOf({ async: isAsync, wait }: Submission): Record<string, string> {
  const prefer = isAsync ? 'respond-async' : wait !== undefined ? `wait=${Math.ceil(wait)}` : undefined;
  return prefer ? { prefer } : {};
}
