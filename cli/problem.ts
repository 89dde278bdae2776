import { z } from 'zod';
import { Check } from '../attestation/verdict.ts';
import { CliError, EXIT } from './exit.ts';

/** A problem (RFC 9457) as far as the CLI reads it. */
export const Problem = z.looseObject({
  code: z.string(),
  title: z.string().optional(),
  detail: z.string().optional(),
  remedy: z.string().optional(),
  requestId: z.string().optional(),
  errors: z.array(z.looseObject({ path: z.string().optional(), message: z.string() })).optional(),
  checks: z.array(Check).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** What an error status means for the exit code: 4xx is a refusal; what time or an administrator must heal is not. */
export function problemError(status: number, body: unknown, from: string): CliError {
  const exit = status >= 500 || status === 408 || status === 429 || status < 400 ? EXIT.failed : EXIT.refused;
  const problem = Problem.safeParse(body).data;
  if (!problem) {
    return new CliError(EXIT.failed, `${from} answered ${status}, and not as Waybill does.`, {
      remedy: 'Check WAYBILL_URL, and any proxy in between.',
    });
  }
  const said = problem.detail ?? problem.title ?? `answered ${status}`;
  const details = (problem.errors ?? [])
    .filter(({ message }) => !said.includes(message))
    .map(({ path, message }) => `\n  ${path ? `${path}: ` : ''}${message}`)
    .join('');
  const request = exit === EXIT.failed && problem.requestId ? ` (request ${problem.requestId})` : '';
  return new CliError(exit, `${said}${request}${details}`, { code: problem.code, remedy: problem.remedy });
}
