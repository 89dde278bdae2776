import { expect, it, onTestFinished } from 'vitest';
import { createHttp } from '../../activities/integrations/support/http.ts';
import { createFaultProxy, type FaultProxy } from '../support/receivers/fault-proxy.ts';
import { createWebhookReceiver } from '../support/receivers/webhook.ts';
import { aWebhookSecret } from '../support/webhook-secret.ts';

async function aProxiedHook(options: { tls?: boolean } = {}) {
  const hook = await createWebhookReceiver(aWebhookSecret());
  const proxy = await createFaultProxy(hook.url, options);
  onTestFinished(async () => void (await Promise.all([proxy.close(), hook.close()])));
  return { hook, proxy };
}
/** The status, or the code of what went wrong. */
async function call({ url, ca }: FaultProxy): Promise<number | string> {
  const signal = AbortSignal.timeout(15_000);
  const http = createHttp({ allow: ['127.0.0.0/8'], secrets: [], signal, timeoutMs: 2000, ...(ca && { ca }) });
  onTestFinished(() => http.close());
  return http({ url, method: 'POST', body: '{}' }).then(
    ({ status }) => status,
    ({ code }: { code: string }) => code,
  );
}

it('lets each call go wrong as it decides for that call', async () => {
  const { hook, proxy } = await aProxiedHook();
  const kinds = ['reset', undefined, 'lost-reply', 'reset-mid-body', 'hang'] as const;
  let calls = 0;
  proxy.always = () => {
    const kind = kinds[calls++];
    return kind && { kind };
  };
  const seen: (number | string)[] = [];
  for (const _kind of kinds) seen.push(await call(proxy));
  expect(seen).toEqual(['network.failed', 401, 'network.failed', 'network.failed', 'network.timeout']);
  expect(hook.calls).toHaveLength(3);
});

it('speaks TLS under an authority of its own, and breaks handshakes when told to', async () => {
  const { hook, proxy } = await aProxiedHook({ tls: true });
  expect(proxy.url).toMatch(/^https:/);
  expect(await call(proxy)).toBe(401);
  proxy.failsHandshake = () => true;
  expect(await call(proxy)).toBe('tls.failed');
  expect(hook.calls).toHaveLength(1);
  proxy.failsHandshake = () => false;
  proxy.next.push({ kind: 'reset' }, { kind: 'lost-reply' });
  expect([await call(proxy), await call(proxy), await call(proxy)]).toEqual(['network.failed', 'network.failed', 401]);
  expect(await call({ ...proxy, ca: undefined })).toBe('tls.failed');
});
