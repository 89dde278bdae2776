import { STATUS_CODES } from 'node:http';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

const text = (description: string) => z.string().meta({ description });

/** RFC 9457, with what a program and a person need on top. */
const Problem = z
  .looseObject({
    type: text('`urn:waybill:problem:` and the code.'),
    title: text('The status in words.'),
    status: z.int(),
    detail: text('What was expected, what was found, and what to do.'),
    code: text('Stable and greppable, e.g. `token.expired`.'),
    requestId: text('Also in the header `X-Request-Id` and in the log.'),
    expected: text('').optional(),
    found: text('').optional(),
    remedy: text('').optional(),
    errors: z
      .array(z.looseObject({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Each thing that is wrong with what was sent, with its place.' }),
  })
  .meta({ id: 'Problem' });

export type ProblemDetails = {
  status: ContentfulStatusCode;
  code: string;
  detail: string;
  headers?: Record<string, string>;
  /** Further members of the answer: `expected`, `found`, `errors`, a rejected attestation. */
  more?: Record<string, unknown>;
  cause?: unknown;
};

/** Thrown anywhere in the API, answered in one place. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: ProblemDetails;
  constructor(problem: ProblemDetails) {
    super(problem.detail, { cause: problem.cause });
    this.problem = problem;
  }
}

export const problem = (
  status: ContentfulStatusCode,
  code: string,
  detail: string,
  more: Omit<ProblemDetails, 'status' | 'code' | 'detail'> = {},
): ProblemError => new ProblemError({ status, code, detail, ...more });

/** `what` in words, e.g. `trusted key`; `remedy` where the one who asks cannot know what to do. */
export const notFound = (what: string, name: string, remedy?: string): ProblemError =>
  problem(404, `${what.replaceAll(' ', '-')}.unknown`, `there is no ${what} ${JSON.stringify(name)}`, {
    ...(remedy !== undefined && { more: { remedy } }),
  });

/** The problem as an answer. */
export function problemResponse(c: Context, { status, code, detail, headers, more }: ProblemDetails): Response {
  const requestId: string = c.get('requestId') ?? '';
  const type = `urn:waybill:problem:${code}`;
  const body = { type, title: STATUS_CODES[status] ?? 'Error', status, detail, code, requestId, ...more };
  return c.body(JSON.stringify(body), status, { ...headers, 'content-type': 'application/problem+json' });
}

/** The answer of every route that may refuse, for OpenAPI. */
export const problemContent = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});
