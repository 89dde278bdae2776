import { z } from 'zod';
import type { CodeMeaning } from '../../attestation/delivery/codes.ts';

/**
 * Marks a setting as a secret: sealed at rest, write-only in the API, scrubbed from evidence. `format` is what the value
 * must match; let it end in `\s*$`, because secrets that come from files end in a newline.
 */
export const secret = (description: string, format?: RegExp) =>
  (format ? z.string().regex(format) : z.string().min(1)).meta({ secret: true, description });

/** What the receiver answered, for the attempt log. `bodyHead` is capped and scrubbed by the engine. */
export type Evidence = { status?: number; latencyMs?: number; bodyHead?: string };

/** One named check of a destination's `test`, with how to mend it. */
export type TestCheck = { name: string; outcome: 'ok' | 'warn' | 'fail' | 'skipped'; detail: string; remedy?: string };

/** A failure that knows whose fault it is; the scope decides what happens next (DESIGN §6). */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly scope: 'retry' | 'delivery' | 'destination';
  readonly code: string;
  readonly evidence: Evidence;
  readonly retryAfterMs: number | undefined;
  constructor(
    scope: 'retry' | 'delivery' | 'destination',
    code: string,
    message: string,
    more: { evidence?: Evidence; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.scope = scope;
    this.code = code;
    this.evidence = more.evidence ?? {};
    this.retryAfterMs = more.retryAfterMs;
  }
}

export type HttpRequest = {
  url: string | URL;
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  timeoutMs?: number;
  /** Answers longer than this are an error. Default 1 MiB. */
  maxBytes?: number;
};
export type HttpAnswer = {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  text: string;
  evidence: Evidence;
};
/**
 * The only road out. Resolves for every status, 3xx included (redirects are never followed).
 * Throws `DeliveryError`: scope `destination` for a refused address, TLS, DNS; scope `retry` for network and time.
 */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

export type MaterialForDelivery = {
  name: string;
  type: string;
  sha256: string;
  size: number;
  mediaType: string;
  /** Facts taken when it was inspected, e.g. the main component of an SBOM. */
  facts: Record<string, unknown>;
};
export type DeliveryForIntegration = {
  id: string;
  /** Constant over all attempts of this delivery. */
  idempotencyKey: string;
  attempt: number;
  attestationId: string;
  project: string;
  pipeline: string;
  statementDigest: string;
  verdict: 'accepted';
  receivedAt: string;
  /** Subjects of the signed statements: name and sha256/sha512, as far as signed. */
  subjects: { name: string; digest: Record<string, string> }[];
  /** Absent when the integration takes whole attestations. */
  material?: MaterialForDelivery;
  materials: MaterialForDelivery[];
};

export type Context<Config, Secrets, Options> = {
  config: Config;
  secrets: Secrets;
  options: Options;
  http: Http;
  signal: AbortSignal;
  /** Bytes of the delivery's material. Fails with scope `delivery` above the destination's size limit. */
  bytes(): Promise<Buffer>;
  now(): Date;
  links: { attestation: string };
};

export type Outcome =
  | { result: 'delivered' | 'duplicate'; externalId?: string; url?: string; evidence?: Evidence }
  /** The receiver works asynchronously: `confirm` is asked with this token until it is done. */
  | { result: 'accepted'; token: string; url?: string; checkAfterMs: number; evidence?: Evidence }
  | { result: 'skipped'; reason: string; evidence?: Evidence };
export type Confirmation =
  | { state: 'pending'; checkAfterMs: number; detail?: string; evidence?: Evidence }
  | { state: 'done'; externalId?: string; url?: string; evidence?: Evidence }
  | { state: 'failed'; code: string; reason: string; evidence?: Evidence };

/**
 * A kind of receiver. Pure functions of (delivery, context): no database, no Temporal, no environment.
 *
 * `deliver` may run again with the same `idempotencyKey` at any time (at-least-once); it never runs twice at once
 * for one delivery, nor for two deliveries whose `orderBy` strings are equal, confirmation included.
 * A thrown `DeliveryError` is classified by its scope; anything else thrown counts as scope `retry`, code `integration.bug`.
 */
export type Integration<
  C extends z.ZodType = z.ZodType,
  S extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
> = {
  id: string;
  title: string;
  summary: string;
  /** Settings of a destination. */
  config: C;
  /** Secrets of a destination, each field made with `secret()`. */
  secrets: S;
  /** Settings of an attachment. All three are strict: an unknown setting is refused, never ignored. */
  options: O;
  /** Material types it takes, one delivery each; `attestation` = one delivery for the whole attestation. */
  takes: 'attestation' | readonly string[];
  /** How the receiver recognises a repeat; shown before anything is sent again. */
  dedupe: 'natural' | 'key' | 'probe' | 'none';
  limits: { timeoutMs: number; maxBytes: number; concurrency: number };
  /** What its own error codes mean and what mends them: shown with the deliveries that they stop, and documented. */
  codes?: Readonly<Record<string, CodeMeaning>>;
  /** Longest wait for a confirmation. Default 24 h. */
  confirmWithinMs?: number;
  /** True when `test` leaves a trace at the receiver (it posts something). */
  testHasEffects: boolean;
  /**
   * What settings contradict each other across schemas, one sentence each; none when all is well. It sees the names of
   * the secrets that are set, never their values: the API asks it before it seals them.
   */
  refuseSettings?(config: z.output<C>, secretNames: readonly string[]): string[];
  /**
   * Deliveries to one destination with equal strings go one after the other, and one that is older than what was
   * already delivered is superseded: so equal strings must mean "overwrites the same thing".
   */
  orderBy?(options: z.output<O>, delivery: Omit<DeliveryForIntegration, 'attempt'>): string | undefined;
  test(context: Omit<Context<z.output<C>, z.output<S>, z.output<O> | undefined>, 'bytes'>): Promise<TestCheck[]>;
  deliver(delivery: DeliveryForIntegration, context: Context<z.output<C>, z.output<S>, z.output<O>>): Promise<Outcome>;
  confirm?(
    token: string,
    delivery: DeliveryForIntegration,
    context: Context<z.output<C>, z.output<S>, z.output<O>>,
  ): Promise<Confirmation>;
};

/** Types an integration by its three schemas and erases them for the catalogue. */
export const defineIntegration = <C extends z.ZodType, S extends z.ZodType, O extends z.ZodType>(
  integration: Integration<C, S, O>,
): Integration => integration as unknown as Integration;
