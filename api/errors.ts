import { HTTPException } from 'hono/http-exception';
import { DatabaseBusyError, DiskFullError, InvalidCursorError } from '../db/errors.ts';
import { BlobMissingError, StoreFullError } from '../store/store.ts';
import type { ApiDeps } from './deps.ts';
import type { ApiContext } from './env.ts';
import { type ProblemDetails, ProblemError, problemResponse } from './problem.ts';

/** The one place where what was thrown becomes an answer. What nobody foresaw is told to the log only. */
export function answerError({ log }: ApiDeps, error: unknown, c: ApiContext): Response {
  const details = problemOf(error);
  const about = { requestId: c.get('requestId'), code: details.code };
  // "Not yet, send it again" is an answer, and while Temporal is away the answer to everybody.
  if (error instanceof ProblemError && details.status === 503) log.warn(about, 'request not answered yet');
  else if (details.status >= 500) log.error({ ...about, err: error }, 'request failed');
  return problemResponse(c, details);
}

function problemOf(error: unknown): ProblemDetails {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof HTTPException) return fromHttpException(error);
  if (error instanceof InvalidCursorError) return { status: 400, code: 'cursor.invalid', detail: error.message };
  if (error instanceof BlobMissingError) return { status: 500, code: 'bytes.lost', detail: LOST };
  if (error instanceof DatabaseBusyError)
    return { status: 503, code: 'database.busy', detail: error.message, headers: { 'retry-after': '2' } };
  if (error instanceof DiskFullError || error instanceof StoreFullError)
    return {
      status: 507,
      code: 'disk.full',
      detail:
        'the disk of the server is full: nothing was stored, nothing that was accepted before has changed; send it again once an operator made room',
      headers: { 'retry-after': '60' },
    };
  if (isAborted(error))
    return {
      status: 400,
      code: 'body.incomplete',
      detail: 'the connection ended before the whole body had arrived; send it again',
    };
  return {
    status: 500,
    code: 'internal',
    detail: 'something went wrong here that nobody foresaw; the request id leads to it in the log of the API',
  };
}

/** Nothing removes bytes that a row names: a store without them is loss, or the wrong store. */
const LOST =
  'these bytes were stored here and the store has them no more; tell an operator, who finds their digest in the log: a backup of the store, or its right folder, brings them back';

function fromHttpException({ status, message }: HTTPException): ProblemDetails {
  if (status === 415)
    return {
      status,
      code: 'content-type.unsupported',
      detail: 'expected the header "Content-Type: application/json" with a JSON body',
    };
  if (status === 400 && /json/i.test(message))
    return {
      status,
      code: 'json.invalid',
      detail: 'expected a JSON body, found something that does not parse as JSON',
    };
  return { status: status as ProblemDetails['status'], code: `http.${status}`, detail: message };
}

/** A client that hung up while it was sending. */
const isAborted = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR', 'EPIPE'].includes(String(error.code));
