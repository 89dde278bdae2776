import { DeliveryError, type Evidence } from '../define.ts';

type Failure = { scope: 'retry' | 'destination'; code: string; what: string };

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA']);
const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ERROR_IN_C|EPROTO$)/;

/** A failed name resolution, told apart from everything that fails later. */
export class LookupError extends Error {
  override readonly name = 'LookupError';
  readonly code: string;
  constructor(hostname: string, cause: unknown) {
    super(`resolving ${hostname} failed`);
    this.code = codeOf(cause);
  }
}

/**
 * What went wrong on the road, as a `DeliveryError`. `about` names the call, e.g. `POST example.com`.
 * The original error is not kept as cause: parser errors carry the receiver's raw bytes, secrets included.
 */
export function toDeliveryError(error: unknown, about: string, evidence: Evidence): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const code = codeOf(error);
  const { scope, code: ours, what } = classify(error, code);
  return new DeliveryError(scope, ours, `${about}: ${what}${code ? ` (${code})` : ''}`, { evidence });
}

function classify(error: unknown, code: string): Failure {
  if (error instanceof LookupError)
    return NO_SUCH_NAME.has(code)
      ? { scope: 'destination', code: 'dns.not-found', what: 'this host name does not exist; check the URL' }
      : { scope: 'retry', code: 'dns.failed', what: 'the host name could not be resolved right now' };
  if (error instanceof Error && error.name === 'TimeoutError') return timeout;
  if (TIMEOUTS.has(code)) return timeout;
  if (TLS.test(code))
    return {
      scope: 'destination',
      code: 'tls.failed',
      what: "TLS failed; check the receiver's certificate, or give its authority as `tlsCa`",
    };
  if (code === 'UND_ERR_INVALID_ARG')
    return { scope: 'destination', code: 'request.invalid', what: 'a setting or secret cannot be sent as HTTP header' };
  return { scope: 'retry', code: 'network.failed', what: 'the connection failed before a whole answer came' };
}

const timeout: Failure = { scope: 'retry', code: 'network.timeout', what: 'no whole answer in time' };

function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++)
    if ('code' in at && typeof at.code === 'string') return at.code;
  return '';
}
