import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { integrations } from '../../../activities/integrations/index.ts';
import { webhook } from '../../../activities/integrations/webhook.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../../support/receivers/webhook.ts';
import { contextFor, deliveryFor, describeIntegration } from './conformance.ts';

const SECRET = `whsec_${Buffer.from('secret-canary-of-the-webhook-32b').toString('base64')}`;
const OTHER = `whsec_${Buffer.from('another-secret-of-the-webhook-32').toString('base64')}`;

describeIntegration(webhook, {
  start: async () => {
    const receiver = await createWebhookReceiver(SECRET);
    return {
      url: receiver.url,
      effects: () => receiver.ledger.size,
      keys: () => receiver.calls.map((call) => call.id),
      close: receiver.close,
    };
  },
  config: (url) => ({ url }),
  secrets: { signingSecret: SECRET },
  wrongSecrets: { signingSecret: OTHER },
});

describe('webhook', () => {
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await createWebhookReceiver(SECRET);
  });
  afterEach(() => receiver.close());

  const deliver = async (given: { secrets?: Record<string, string>; config?: object; delivery?: object } = {}) => {
    const { secrets = { signingSecret: SECRET }, config = { url: receiver.url } } = given;
    const context = contextFor(webhook, { config, secrets });
    try {
      return await webhook.deliver(deliveryFor(given.delivery), context);
    } finally {
      await context.close();
    }
  };

  it('sends a CloudEvent that says what was accepted and where to read more', async () => {
    const material = { name: 'shop-sbom', type: 'SBOM_CYCLONEDX_JSON', sha256: 'ee'.repeat(32), size: 12 };
    await deliver({ delivery: { materials: [{ ...material, mediaType: 'application/json', facts: { a: 1 } }] } });
    const [call] = receiver.calls;
    expect(call).toMatchObject({ isSigned: true, contentType: 'application/cloudevents+json; charset=utf-8' });
    expect(JSON.parse(call?.body ?? '')).toEqual({
      specversion: '1.0',
      id: 'dlv_0123456789abcdef0123456789abcdef',
      type: 'dev.waybill.attestation.accepted.v1',
      source: '/pipelines/acme/shop',
      subject: `sha256:${'cd'.repeat(32)}`,
      time: '2026-01-02T03:04:05.678Z',
      datacontenttype: 'application/json',
      data: {
        attestationId: 'att_fedcba9876543210fedcba9876543210',
        project: 'acme',
        pipeline: 'shop',
        verdict: 'accepted',
        statementDigest: `sha256:${'ab'.repeat(32)}`,
        receivedAt: '2026-01-02T03:04:05.678Z',
        subjectCount: 1,
        subjects: [{ name: 'shop.tgz', digest: { sha256: 'cd'.repeat(32) } }],
        materialCount: 1,
        materials: [{ ...material, mediaType: 'application/json' }],
        links: { attestation: 'https://waybill.example/attestations/att_fedcba9876543210fedcba9876543210' },
      },
    });
  });

  it('sends the same bytes at every attempt', async () => {
    await deliver();
    await deliver({ delivery: { attempt: 2 } });
    expect(receiver.calls[0]?.body).toBe(receiver.calls[1]?.body);
  });

  it('stays below what receivers take, however much was attested', async () => {
    const subjects = Array.from({ length: 500 }, (_, n) => ({
      name: `file-${n}`,
      digest: { sha256: 'cd'.repeat(32) },
    }));
    const of = { type: 'SARIF', sha256: 'ee'.repeat(32), size: 1, mediaType: 'application/json', facts: {} };
    const materials = Array.from({ length: 500 }, (_, n) => ({ name: `material-${n}`, ...of }));
    await deliver({ delivery: { subjects, materials } });
    const { data } = JSON.parse(receiver.calls[0]?.body ?? '');
    expect([data.subjectCount, data.materialCount]).toEqual([500, 500]);
    expect(receiver.calls[0]?.body.length).toBeLessThan(20_000);
  });

  it('signs with both secrets while one replaces the other', async () => {
    const secrets = { signingSecret: OTHER, previousSigningSecret: SECRET };
    expect((await deliver({ secrets })).result).toBe('delivered');
    expect(receiver.calls[0]?.signatures.length).toBe(2);
  });

  it('takes a secret from a file, with its newline', async () => {
    expect((await deliver({ secrets: { signingSecret: `${SECRET}\n` } })).result).toBe('delivered');
  });

  it('posts to a URL that is a secret, and never shows it', async () => {
    const secrets = { signingSecret: SECRET, url: receiver.url.replace('/hook', '/services/T0001/secret-canary-path') };
    receiver.script.push({ status: 500, body: 'Cannot POST /services/T0001/secret-canary-path' });
    const error = await deliver({ config: {}, secrets }).catch((reason: Error) => reason);
    expect(error).toMatchObject({ scope: 'retry', message: 'the receiver answered 500: Cannot POST [secret]' });
  });

  it.each([
    ['both', { url: 'https://a.example/' }, ['signingSecret', 'url']],
    ['none', {}, ['signingSecret']],
  ])('refuses settings with %s of the two URLs', async (_, config, names) => {
    expect(webhook.refuseSettings?.(config, names)).toEqual([expect.stringMatching(/^expected exactly one/)]);
    const secrets = Object.fromEntries(names.map((name) => [name, name === 'url' ? receiver.url : SECRET]));
    await expect(deliver({ config, secrets })).rejects.toMatchObject({
      scope: 'destination',
      code: 'settings.invalid',
    });
  });

  it.each(['plain-secret', 'whsec_c2hvcnQ='])('refuses the signing secret %s', (signingSecret) => {
    expect(integrations.webhook?.secrets.safeParse({ signingSecret }).success).toBe(false);
  });
  it('refuses a signing secret of 65 bytes before it calls', async () => {
    const secrets = { signingSecret: `whsec_${Buffer.alloc(65).toString('base64')}` };
    await expect(deliver({ secrets })).rejects.toMatchObject({ scope: 'destination', code: 'settings.invalid' });
    expect(receiver.calls).toEqual([]);
  });

  it('takes a 409 for a webhook-id that is there already', async () => {
    receiver.script.push({ status: 409 });
    expect((await deliver()).result).toBe('duplicate');
  });

  it.each([404, 405, 410])('blames the destination for a %i: its URL is gone', async (status) => {
    receiver.script.push({ status });
    await expect(deliver()).rejects.toMatchObject({ scope: 'destination', code: `http.${status}` });
  });

  it('tests with a signed event of its own type', async () => {
    const context = contextFor(webhook, { config: { url: receiver.url }, secrets: { signingSecret: SECRET } });
    const checks = await webhook.test(context);
    await context.close();
    expect(checks).toEqual([{ name: 'signed test event', outcome: 'ok', detail: expect.stringContaining('204') }]);
    expect(receiver.calls[0]).toMatchObject({ isSigned: true, body: expect.stringContaining('dev.waybill.test.v1') });
  });
});

describe('a webhook behind a sign-in page', () => {
  it('has not delivered, although the page comes with 200', async () => {
    const receiver = await createWebhookReceiver(SECRET);
    receiver.script.push({ status: 200, body: '\n<!DOCTYPE html><html><title>Sign in</title></html>' });
    const context = contextFor(webhook, { config: { url: receiver.url }, secrets: { signingSecret: SECRET } });
    const page = webhook.deliver(deliveryFor(), context);
    await expect(page).rejects.toMatchObject({ scope: 'destination', code: 'answer.page' });
    await context.close();
    await receiver.close();
  });
});
