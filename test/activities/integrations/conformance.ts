import { setTimeout as after } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type Confirmation,
  type Context,
  DeliveryError,
  type DeliveryForIntegration,
  type Integration,
  type Outcome,
} from '../../../activities/integrations/define.ts';
import { createHttp } from '../../../activities/integrations/support/http.ts';
import { createFaultProxy, type Fault, type FaultProxy } from '../../support/receivers/fault-proxy.ts';

/** A receiver to deliver to: the real thing or a faithful stand-in, started anew for every test. */
type Receiver = {
  url: string;
  /** How many different things it took: a repeat that it recognises does not count. */
  effects(): number;
  /** The key that each call carried, where the receiver is given one. */
  keys?(): string[];
  close(): Promise<void>;
};

/** What the conformance suite must know about one integration. */
export type Harness = {
  /** Starts a receiver that accepts the valid settings below. */
  start(): Promise<Receiver>;
  /** Valid settings for a receiver at this URL. */
  config(url: string): unknown;
  /** Valid secrets. Each value is a canary: none of them may come to light. */
  secrets: Record<string, string>;
  /** Secrets that the receiver refuses. */
  wrongSecrets: Record<string, string>;
  /** Valid options of an attachment. */
  options?: unknown;
  /** Bytes of a material that the receiver accepts. */
  bytes?: Buffer;
  material?: DeliveryForIntegration['material'];
  /** The call that delivers, where others come before it. Default: every call. */
  isDelivery?(request: { method: string; path: string }): boolean;
};

export const deliveryFor = (more: Partial<DeliveryForIntegration> = {}): DeliveryForIntegration => ({
  id: 'dlv_0123456789abcdef0123456789abcdef',
  idempotencyKey: 'dlv_0123456789abcdef0123456789abcdef',
  attempt: 1,
  attestationId: 'att_fedcba9876543210fedcba9876543210',
  project: 'acme',
  pipeline: 'shop',
  statementDigest: 'ab'.repeat(32),
  verdict: 'accepted',
  receivedAt: '2026-01-02T03:04:05.678Z',
  subjects: [{ name: 'shop.tgz', digest: { sha256: 'cd'.repeat(32) } }],
  materials: [],
  ...more,
});

/** A context as the worker makes it: parsed settings, the guarded client, loopback allowed. */
export function contextFor(
  integration: Integration,
  given: { config: unknown; secrets: Record<string, string>; options?: unknown; bytes?: Buffer; timeoutMs?: number },
): Context<unknown, unknown, unknown> & { close(): Promise<void> } {
  const { signal } = new AbortController();
  const { timeoutMs = 5000, bytes } = given;
  const secrets = Object.values(given.secrets);
  const http = createHttp({ allow: ['127.0.0.0/8'], secrets, signal, timeoutMs });
  return {
    config: integration.config.parse(given.config),
    secrets: integration.secrets.parse(given.secrets),
    options: integration.options.parse(given.options ?? {}),
    http,
    signal,
    bytes: () => (bytes ? Promise.resolve(bytes) : Promise.reject(new Error('this delivery has no bytes'))),
    now: () => new Date(),
    links: { attestation: 'https://waybill.example/attestations/att_fedcba9876543210fedcba9876543210' },
    close: () => http.close(),
  };
}

/** Asks `confirm` until it is not pending any more. */
export async function confirmed(
  integration: Integration,
  outcome: Outcome,
  delivery: DeliveryForIntegration,
  context: Context<unknown, unknown, unknown>,
): Promise<Confirmation> {
  if (outcome.result !== 'accepted' || !integration.confirm)
    throw new Error(`expected accepted, got ${outcome.result}`);
  for (;;) {
    const confirmation = await integration.confirm(outcome.token, delivery, context);
    if (confirmation.state !== 'pending') return confirmation;
    await after(20);
  }
}

/** What every integration must do. Its own traps are tested beside it, in `<id>.test.ts`. */
export function describeIntegration(integration: Integration, harness: Harness): void {
  describe(`${integration.id} keeps the rules of every integration`, () => {
    let receiver: Receiver;
    let proxy: FaultProxy;
    const open: { close(): Promise<void> }[] = [];
    beforeEach(async () => {
      receiver = await harness.start();
      proxy = await createFaultProxy(receiver.url);
      proxy.matches = harness.isDelivery ?? (() => true);
      open.push(receiver, proxy);
    });
    afterEach(async () => {
      for (const one of open.splice(0).reverse()) await one.close();
    });

    const delivery = deliveryFor({
      ...(harness.material ? { material: harness.material, materials: [harness.material] } : {}),
    });
    const contextWith = (more: { secrets?: Record<string, string>; timeoutMs?: number } = {}) => {
      const { secrets = harness.secrets, timeoutMs } = more;
      const context = contextFor(integration, {
        config: harness.config(proxy.url),
        secrets,
        options: harness.options,
        ...(harness.bytes ? { bytes: harness.bytes } : {}),
        ...(timeoutMs ? { timeoutMs } : {}),
      });
      open.push(context);
      return context;
    };
    const deliver = async (more: Parameters<typeof contextWith>[0] & { attempt?: number } = {}): Promise<Outcome> => {
      const context = contextWith(more);
      const outcome = await integration.deliver({ ...delivery, attempt: more.attempt ?? 1 }, context);
      if (outcome.result === 'accepted')
        expect((await confirmed(integration, outcome, delivery, context)).state).toBe('done');
      return outcome;
    };
    const failureOf = (call: Promise<unknown>): Promise<DeliveryError> =>
      call.then(
        (value) => Promise.reject(new Error(`expected a failure, got ${inspect(value)}`)),
        (error: unknown) => (error instanceof DeliveryError ? error : Promise.reject(error)),
      );
    const failureWith = (fault: Fault, more: Parameters<typeof contextWith>[0] = {}) => {
      proxy.next.push(fault);
      return failureOf(deliver(more));
    };

    it('accepts valid settings, and refuses unknown ones and raw secrets among them', () => {
      const config = harness.config(receiver.url) as object;
      expect(integration.config.safeParse(config).success).toBe(true);
      expect(
        integration.refuseSettings?.(integration.config.parse(config), Object.keys(harness.secrets)) ?? [],
      ).toEqual([]);
      expect(integration.config.safeParse({ ...config, ...harness.secrets }).success).toBe(false);
      expect(integration.config.safeParse({ ...config, unheardOf: 1 }).success).toBe(false);
      expect(integration.secrets.safeParse({ ...harness.secrets, unheardOf: 'x' }).success).toBe(false);
      expect(integration.options.safeParse({ unheardOf: 1 }).success).toBe(false);
    });

    it('marks every secret as one, so that it is sealed and scrubbed', () => {
      const { properties = {} } = z.toJSONSchema(integration.secrets, { io: 'input' });
      for (const property of Object.values(properties)) expect(property).toMatchObject({ secret: true });
    });

    it('delivers', async () => {
      expect((await deliver()).result).toMatch(/^(delivered|accepted)$/);
      expect(receiver.effects()).toBe(1);
    });

    it('passes its own test against a healthy receiver, and fails it with wrong secrets or nobody there', async () => {
      const outcomes = async (context: Parameters<Integration['test']>[0]) =>
        (await integration.test(context)).map((check) => check.outcome);
      expect(await outcomes(contextWith())).not.toContain('fail');
      expect(await outcomes(contextWith({ secrets: harness.wrongSecrets }))).toContain('fail');
      proxy.matches = () => true;
      proxy.always = { kind: 'reset' };
      expect(await outcomes(contextWith())).toContain('fail');
    });

    it('leaves no trace at the receiver when it tests, unless it says so', async () => {
      await integration.test(contextWith());
      expect(receiver.effects() > 0).toBe(integration.testHasEffects);
    });

    it('sends the same key at every attempt, and a repeat has no second effect', async () => {
      await deliver();
      await deliver({ attempt: 2 });
      expect(new Set(receiver.keys?.()).size).toBe(receiver.keys ? 1 : 0);
      if (integration.dedupe !== 'none') expect(receiver.effects()).toBe(1);
    });

    it('tries again after a lost reply, and the receiver recognises it as far as promised', async () => {
      expect(await failureWith({ kind: 'lost-reply' })).toMatchObject({ scope: 'retry' });
      expect(receiver.effects()).toBe(1);
      expect((await deliver({ attempt: 2 })).result).toMatch(/^(delivered|duplicate|accepted)$/);
      if (integration.dedupe !== 'none') expect(receiver.effects()).toBe(1);
    });

    it.each([400, 413, 422])('stops the delivery at a %i', async (status) => {
      const error = await failureWith({ kind: 'status', status, body: 'no' });
      expect(error).toMatchObject({ scope: 'delivery', evidence: { status } });
    });

    it('blames the destination for a 401', async () => {
      expect(await failureWith({ kind: 'status', status: 401 })).toMatchObject({ scope: 'destination' });
      expect(await failureOf(deliver({ secrets: harness.wrongSecrets }))).toMatchObject({ scope: 'destination' });
    });

    it.each([408, 429, 500, 502, 503])('retries a %i', async (status) => {
      expect(await failureWith({ kind: 'status', status })).toMatchObject({ scope: 'retry', evidence: { status } });
    });

    it.each([429, 503])('waits as long as a %i asks for', async (status) => {
      const fault = { kind: 'status', status, headers: { 'retry-after': '90' } } as const;
      expect(await failureWith(fault)).toMatchObject({ scope: 'retry', retryAfterMs: 90_000 });
    });

    it('does not follow a redirect', async () => {
      const headers = { location: receiver.url };
      expect(await failureWith({ kind: 'status', status: 307, headers })).toMatchObject({ scope: 'destination' });
      expect(receiver.effects()).toBe(0);
    });

    it('retries a connection that is reset or breaks off', async () => {
      expect(await failureWith({ kind: 'reset' })).toMatchObject({ scope: 'retry', code: 'network.failed' });
      expect(await failureWith({ kind: 'reset-mid-body' })).toMatchObject({ scope: 'retry', code: 'network.failed' });
    });

    it('retries a receiver that hangs', async () => {
      expect(await failureWith({ kind: 'hang' }, { timeoutMs: 300 })).toMatchObject({
        scope: 'retry',
        code: 'network.timeout',
      });
    });

    it('refuses an answer without end', async () => {
      const body = 'x'.repeat(2 * 1024 * 1024);
      expect(await failureWith({ kind: 'status', status: 200, body })).toMatchObject({ code: 'answer.too-large' });
    });

    it.each([200, 400, 401, 404, 500])(
      'lets no secret come to light when a %i echoes the whole request',
      async (status) => {
        proxy.next.push({ kind: 'echo', status });
        const context = contextWith();
        const found = await integration.deliver(delivery, context).catch((error: unknown) => error);
        const shown = inspect(found, { depth: 9, maxStringLength: 100_000 }) + JSON.stringify(found);
        for (const secret of Object.values(harness.secrets)) {
          expect(shown).not.toContain(secret);
          expect(shown).not.toContain(Buffer.from(secret).toString('base64'));
        }
      },
    );
  });
}
