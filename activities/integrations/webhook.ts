import { z } from 'zod';
import {
  type Context,
  DeliveryError,
  type DeliveryForIntegration,
  defineIntegration,
  type HttpAnswer,
  secret,
} from './define.ts';
import { classifyAnswer } from './support/classify.ts';
import { acceptedEvent, testEvent } from './support/cloud-event.ts';
import { signedHeaders } from './support/standard-webhooks.ts';
import { attempt, passed } from './support/test-checks.ts';

const SIGNING_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}\s*$/;

const Config = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      description:
        'Where to post. A URL that is itself a secret goes to `secrets.url` instead; exactly one of the two.',
    }),
});
const Secrets = z.strictObject({
  url: secret('Where to post, when the URL itself is a secret.', /^https?:\/\//).optional(),
  signingSecret: secret('Standard Webhooks secret: `whsec_` and base64 of 24 to 64 random bytes.', SIGNING_SECRET),
  previousSigningSecret: secret(
    'The secret before, while receivers change over: both sign.',
    SIGNING_SECRET,
  ).optional(),
});
const Options = z.strictObject({});

type Ctx = Context<z.output<typeof Config>, z.output<typeof Secrets>, unknown>;

/** One URL is one destination, so an answer that says "not here" is about all of its deliveries. */
const NOT_HERE = { 404: 'destination', 405: 'destination' } as const;

/**
 * Posts a signed CloudEvent for every accepted attestation, once per `webhook-id` as far as the receiver remembers ids.
 * Sources: standardwebhooks.com specification, CloudEvents 1.0 (structured mode).
 */
export const webhook = defineIntegration({
  id: 'webhook',
  title: 'Webhook',
  summary:
    'Posts a signed CloudEvent for every accepted attestation (Standard Webhooks). The receiver answers 2xx once it has the event, 409 only for a webhook-id it already has, 429 or 503 for "later", 410 for "never again".',
  config: Config,
  secrets: Secrets,
  options: Options,
  takes: 'attestation',
  dedupe: 'key',
  limits: { timeoutMs: 20_000, maxBytes: 1024 * 1024, concurrency: 8 },
  testHasEffects: true,
  codes: {
    'answer.page': {
      means: 'a page for people answers where the receiver should be',
      place: 'settings',
      remedy: 'Set the URL to the receiver itself: a login form or a proxy answers in its place.',
    },
  },

  refuseSettings: (config, secretNames) => {
    const given = [config.url !== undefined, secretNames.includes('url')].filter(Boolean).length;
    return given === 1
      ? []
      : [`expected exactly one of config.url and secrets.url, got ${given === 0 ? 'none' : 'both'}`];
  },

  async test(context) {
    const id = `test_${context.now().getTime()}`;
    const remedy = `see that the receiver has the same signing secret and takes events; its log knows why it refused ${id}`;
    return attempt('signed test event', remedy, async () => {
      const answer = await post(context, id, testEvent(id, context.now()));
      return [passed('signed test event', `the receiver answered ${answer.status} to ${id}`)];
    });
  },

  async deliver(delivery: DeliveryForIntegration, context) {
    const answer = await post(context, delivery.idempotencyKey, acceptedEvent(delivery, context.links));
    return { result: answer.status === 409 ? 'duplicate' : 'delivered', evidence: answer.evidence };
  },
});

/** Posts one event. 2xx and 409 ("I have this webhook-id") return, everything else throws classified. */
async function post(context: Omit<Ctx, 'bytes' | 'options'>, id: string, event: object) {
  const body = JSON.stringify(event);
  const { signingSecret, previousSigningSecret } = context.secrets;
  const secrets = [signingSecret, ...(previousSigningSecret ? [previousSigningSecret] : [])];
  const answer = await context.http({
    url: urlOf(context),
    method: 'POST',
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      ...signedHeaders(secrets, id, context.now(), body),
    },
    body,
  });
  const error = answer.status === 409 ? undefined : classifyAnswer(answer, context.now(), NOT_HERE);
  if (error) throw error;
  if (isPage(answer)) throw pageInstead(answer);
  return answer;
}

/** No receiver of events answers with a page for people; login forms, proxies and error pages do, with 200. */
const isPage = ({ text }: HttpAnswer): boolean => /^\s*(<!doctype html|<html)/i.test(text);

const pageInstead = ({ status, evidence }: HttpAnswer): DeliveryError =>
  new DeliveryError(
    'destination',
    'answer.page',
    `expected the receiver to take the event, got a page for people (${status}): a login form or a proxy answers in its place; set the URL to the receiver itself`,
    { evidence },
  );

function urlOf({ config, secrets }: Pick<Ctx, 'config' | 'secrets'>): string {
  const urls = [config.url, secrets.url].filter((url) => url !== undefined);
  const [url] = urls;
  if (url !== undefined && urls.length === 1) return url.trim();
  throw new DeliveryError(
    'destination',
    'settings.invalid',
    `expected exactly one of config.url and secrets.url, got ${urls.length}`,
  );
}
