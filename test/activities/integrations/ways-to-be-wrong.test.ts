import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Integration } from '../../../activities/integrations/define.ts';
import { integrations } from '../../../activities/integrations/index.ts';
import { createHttp } from '../../../activities/integrations/support/http.ts';
import { testCertificate } from '../../support/certificate.ts';
import { sampleSettings } from '../../support/sample-settings.ts';

async function listen(server: Server, scheme = 'http'): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const answering = (status: number, body = '', headers: Record<string, string> = {}) => {
  const listener: RequestListener = (request, response) => {
    request.resume();
    response.writeHead(status, { ...headers, connection: 'close' }).end(body);
  };
  return () => listen(createServer(listener));
};
async function withoutAuthority(): Promise<string> {
  const { key, cert } = await testCertificate('127.0.0.1');
  return listen(createTlsServer({ key, cert }), 'https');
}

/** The test of a destination with otherwise good settings: what failed, and how to mend it. */
async function failuresOf(integration: Integration, url: string, allow = ['127.0.0.0/8']): Promise<string[]> {
  const [sample] = sampleSettings(integration, url);
  if (!sample) throw new Error('expected settings');
  const { signal } = new AbortController();
  const unknown = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
  const http = createHttp({ allow, secrets: [], signal, timeoutMs: 2000, lookup: unknown });
  const checks = await integration.test({
    config: integration.config.parse(sample.config),
    secrets: integration.secrets.parse(sample.secrets),
    options: undefined,
    http,
    signal,
    now: () => new Date(),
    links: { attestation: 'https://waybill.example' },
  });
  await http.close();
  return checks.filter(({ outcome }) => outcome === 'fail').map(({ detail, remedy }) => `${detail} → ${remedy}`);
}

const WAYS: [string, () => Promise<string>, RegExp, string[]?][] = [
  ['its name does not exist', async () => 'http://no-such-host.invalid', /host name.*→ correct the host name/],
  ['nobody listens', async () => 'http://127.0.0.1:1', /ECONNREFUSED.*→ see that the receiver runs, listens/],
  ['its authority is unknown', withoutAuthority, /TLS failed.*→ renew .*tlsCa/],
  ['its address is private', async () => 'http://127.0.0.1:80', /not a public address.*→ .*`allow`/, []],
  ['it never answers', () => listen(createServer(() => {})), /no whole answer in time.*→ see why.*limits.timeout/],
  ['it is in trouble', answering(503, 'busy'), /503: busy → see what is wrong with the receiver/],
  ['it is a sign-in page', answering(200, '<!DOCTYPE html><html>Sign in</html>'), /expected .* got .* → .*/],
  ['it is elsewhere', answering(302, '', { location: '/sign-in' }), / → .*(URL|url)/],
  ['nothing is at this path', answering(404), / → .*(URL|url)/],
  ['it refuses the credentials', answering(401), / → /],
];

describe.each(Object.values(integrations))('the test of $id', (integration) => {
  it.each(WAYS)('says so and how to mend it when %s', async (_, start, expected, allow) => {
    const failures = await failuresOf(integration, await start(), allow);
    expect(failures).toEqual([expect.stringMatching(expected)]);
    expect(failures.join()).not.toContain('undefined');
  });
});
