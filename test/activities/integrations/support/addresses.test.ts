import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAddress, checkDestinationUrl } from '../../../../activities/integrations/support/addresses.ts';
import { createHttp } from '../../../../activities/integrations/support/http.ts';

const LITERALS = [
  ['loopback', 'http://127.0.0.1/'],
  ['loopback, another', 'http://127.8.9.10/'],
  ['loopback by name', 'http://localhost/'],
  ['loopback by name, upper case', 'http://LOCALHOST/'],
  ['loopback by name with a dot', 'http://localhost./'],
  ['a name below localhost', 'http://api.localhost/'],
  ['trailing dot', 'http://127.0.0.1./'],
  ['decimal', 'http://2130706433/'],
  ['hexadecimal', 'http://0x7f000001/'],
  ['hexadecimal by parts', 'http://0x7f.0x0.0x0.0x1/'],
  ['octal', 'http://0177.0.0.1/'],
  ['octal as a whole', 'http://017700000001/'],
  ['two parts', 'http://127.1/'],
  ['mixed notation, two parts', 'http://0x7f.1/'],
  ['zero', 'http://0/'],
  ['this network', 'http://0.0.0.0/'],
  ['this network, not zero', 'http://0.1.2.3/'],
  ['percent-encoded', 'http://%31%32%37.0.0.1/'],
  ['percent-encoded dots', 'http://127%2e0%2e0%2e1/'],
  ['percent-encoded dot at the end', 'http://127.0.0.1%2e/'],
  ['two dots at the end', 'http://127.0.0.1../'],
  ['loopback by name with two dots', 'http://localhost../'],
  ['loopback by name with an ideographic full stop', 'http://localhost。/'],
  ['loopback by name, a circled letter', 'http://ⓛocalhost/'],
  ['full-width digits', 'http://１２７.０.０.１/'],
  ['blanks around', ' http://127.0.0.1/ '],
  ['a tab inside', 'http://127.0.\t0.1/'],
  ['a line break inside', 'ht\ntp://127.0.0.1/'],
  ['no slashes', 'http:127.0.0.1/'],
  ['three slashes', 'http:///127.0.0.1/'],
  ['a public name behind a backslash', 'http://127.0.0.1\\@example.com/'],
  ['a public name in the fragment', 'http://127.0.0.1:80#@example.com/'],
  ['a public name in the query', 'http://127.0.0.1?@example.com/'],
  ['two zeros each', 'http://00.00.00.00/'],
  ['one as a whole', 'http://1/'],
  ['broadcast in decimal', 'http://4294967295/'],
  ['private 192.168 in octal', 'http://0300.0250.1.1/'],
  ['metadata in hexadecimal', 'http://0xA9FEA9FE/'],
  ['metadata in three parts', 'http://169.254.43518/'],
  ['circled digits', 'http://①②⑦.⓪.⓪.①/'],
  ['ideographic full stops', 'http://127。0。0。1/'],
  ['backslashes', 'http:\\\\127.0.0.1\\'],
  ['private 10', 'http://10.0.0.1/'],
  ['private 172.16', 'https://172.16.0.1/'],
  ['private 172.31', 'https://172.31.255.255/'],
  ['private 192.168', 'http://192.168.1.1:8443/'],
  ['link-local', 'http://169.254.1.1/'],
  ['metadata (AWS, GCP, Azure)', 'http://169.254.169.254/latest/meta-data/'],
  ['metadata in decimal', 'http://2852039166/'],
  ['metadata of ECS tasks', 'http://169.254.170.2/v2/credentials'],
  ['host agent of Azure', 'http://168.63.129.16/'],
  ['metadata of Alibaba', 'http://100.100.100.200/'],
  ['metadata of Oracle', 'http://192.0.0.192/'],
  ['carrier-grade NAT', 'http://100.64.0.1/'],
  ['IETF protocol assignments', 'http://192.0.0.8/'],
  ['documentation', 'http://192.0.2.1/'],
  ['benchmarking', 'http://198.18.0.1/'],
  ['6to4 relay', 'http://192.88.99.1/'],
  ['multicast', 'http://224.0.0.1/'],
  ['reserved', 'http://240.0.0.1/'],
  ['broadcast', 'http://255.255.255.255/'],
  ['IPv6 loopback', 'http://[::1]/'],
  ['IPv6 unspecified', 'http://[::]/'],
  ['IPv6 link-local', 'http://[fe80::1]/'],
  ['IPv6 unique local', 'http://[fd12:3456::1]/'],
  ['IPv6 site-local', 'http://[fec0::1]/'],
  ['IPv6 multicast', 'http://[ff02::1]/'],
  ['IPv6 documentation', 'http://[2001:db8::1]/'],
  ['IPv6 metadata', 'http://[fd00:ec2::254]/'],
  ['IPv6 discard-only', 'http://[100::1]/'],
  ['IPv4-mapped, dotted', 'http://[::ffff:127.0.0.1]/'],
  ['IPv4-mapped, hexadecimal', 'http://[::ffff:7f00:1]/'],
  ['IPv4-mapped, spelled out', 'http://[0:0:0:0:0:ffff:a9fe:a9fe]/'],
  ['IPv4-mapped, public', 'http://[::ffff:8.8.8.8]/'],
  ['IPv4-translated', 'http://[::ffff:0:127.0.0.1]/'],
  ['IPv4-compatible', 'http://[::127.0.0.1]/'],
  ['NAT64', 'http://[64:ff9b::10.0.0.1]/'],
  ['NAT64, public', 'http://[64:ff9b::8.8.8.8]/'],
  ['NAT64, local use', 'http://[64:ff9b:1::1]/'],
  ['6to4', 'http://[2002:7f00:1::]/'],
  ['metadata, IPv4-mapped', 'http://[::ffff:a9fe:a9fe]/'],
  ['metadata, NAT64', 'http://[64:ff9b::a9fe:a9fe]/'],
  ['metadata, 6to4', 'http://[2002:a9fe:a9fe::]/'],
  ['metadata of EKS, IPv6', 'http://[fd00:ec2::23]/'],
  ['metadata of GCP, IPv6', 'http://[fd20:ce::254]/'],
  ['ISATAP', 'http://[2001:470:1:1:0:5efe:127.0.0.1]/'],
  ['ISATAP, universal', 'http://[2001:470:1:1:200:5efe:10.0.0.1]/'],
  ['IPv6 documentation, the second', 'http://[3fff::1]/'],
  ['IPv6 benchmarking', 'http://[2001:2::1]/'],
  ['IPv6 ORCHID', 'http://[2001:20::1]/'],
  ['segment routing', 'http://[5f00::1]/'],
  ['Teredo', 'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/'],
] as const;

const NOT_URLS = [
  ['another scheme', 'file:///etc/passwd'],
  ['gopher', 'gopher://127.0.0.1:6379/_INFO'],
  ['data', 'data:text/plain,hello'],
  ['user name', 'https://someone@example.com/'],
  ['user name and password', 'https://example.com:80@127.0.0.1/'],
  ['no host', '/relative'],
  ['zone id', 'http://[fe80::1%25eth0]/'],
  ['percent-encoded null', 'http://127.0.0.1%00/'],
  ['a number too large', 'http://4294967296/'],
  ['a part too large', 'http://256.1/'],
  ['IPv6 loopback with a zone', 'http://[::1%25lo]/'],
  ['a mapped address with a zone', 'http://[::ffff:127.0.0.1%25lo]/'],
  ['a socket by its scheme', 'unix:///var/run/docker.sock'],
  ['a socket as host', 'http://%2Fvar%2Frun%2Fdocker.sock/'],
  ['ftp', 'ftp://example.com/'],
  ['a WebSocket', 'ws://example.com/'],
  ['blob', 'blob:http://127.0.0.1/x'],
  ['no scheme', '//127.0.0.1/'],
  ['a public name as user', 'http://example.com@127.0.0.1/'],
  ['nothing', ''],
] as const;

const RESOLVED = [
  ...['127.0.0.1', '10.1.2.3', '169.254.169.254', '0.0.0.0', '100.64.1.1', '::1', '::ffff:127.0.0.1', 'fd00::1'],
  ...['fe80::1%eth0', '64:ff9b::7f00:1', '2002:a00:1::', 'not an address'],
];

describe('checkDestinationUrl', () => {
  it.each(LITERALS)('refuses %s: %s', (_, url) => {
    expect(checkDestinationUrl(url, [])).toMatchObject({ ok: false, code: 'address.refused' });
  });
  it.each(NOT_URLS)('refuses %s: %s', (_, url) => {
    expect(checkDestinationUrl(url, ['0.0.0.0/0'])).toMatchObject({ ok: false, code: 'url.invalid' });
  });
  it.each(['https://example.com/hook', 'http://8.8.8.8/', 'https://[2606:4700::1111]/', 'https://example.com./'])(
    'lets %s pass',
    (url) => expect(checkDestinationUrl(url, [])).toMatchObject({ ok: true }),
  );
  it('drops the dot at the end of a name, so that certificates match', () => {
    const verdict = checkDestinationUrl('https://example.com./x', []);
    expect(verdict.ok && verdict.url.href).toBe('https://example.com/x');
  });
  it('says how a private address is allowed', () => {
    expect(checkDestinationUrl('http://10.0.0.1/', [])).toMatchObject({ message: expect.stringContaining('`allow`') });
  });
});

describe('checkAddress', () => {
  it.each([
    ['10.1.2.3', ['10.0.0.0/8']],
    ['::1', ['::1/128']],
    ['fd12::1', ['fc00::/7']],
    ['169.254.169.254', ['169.254.169.254/32']],
    ['64:ff9b::8.8.8.8', ['64:ff9b::/96']],
    ['::ffff:10.0.0.1', ['::ffff:0:0/96', '10.0.0.0/8']],
  ])('lets %s pass where %j is allowed', (ip, allow) => expect(checkAddress(ip, allow)).toEqual({ ok: true }));

  it.each([
    ['11.0.0.1 is public', '10.0.0.1', ['11.0.0.0/8']],
    ['metadata is not opened by a wide range', '169.254.169.254', ['169.254.0.0/16', '0.0.0.0/0']],
    ['a mapped address needs its own range', '::ffff:10.0.0.1', ['10.0.0.0/8']],
    ['what a mapped address wraps is checked', '::ffff:10.0.0.1', ['::/0']],
    ['what NAT64 wraps is checked', '64:ff9b::169.254.169.254', ['64:ff9b::/96']],
  ])('refuses: %s', (_, ip, allow) => expect(checkAddress(ip, allow)).toMatchObject({ ok: false }));

  it.each(['10.0.0.0/33', 'ten', '10.0.0.0/x', 'fe80::%1/10', '10.0.0.0/'])(
    'throws on the malformed range %s',
    (range) => {
      expect(() => checkAddress('8.8.8.8', [range])).toThrow(/expected a range such as/);
    },
  );
});

describe('the guarded client', () => {
  let connections = 0;
  const server = createServer((_, response) => response.end('the secret page'));
  server.on('connection', () => {
    connections += 1;
  });
  const port = () => (server.address() as AddressInfo).port;
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => void server.close());
  const client = (allow: string[], lookup?: (name: string) => Promise<{ address: string; family: number }[]>) =>
    createHttp({
      allow,
      secrets: [],
      signal: new AbortController().signal,
      timeoutMs: 5000,
      ...(lookup ? { lookup } : {}),
    });
  const answers = (...addresses: string[]) => {
    let asked = 0;
    const lookup = async () => {
      asked += 1;
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    };
    return { lookup, asked: () => asked };
  };

  it.each(LITERALS)('connects to nothing for %s', async (_, url) => {
    const before = connections;
    const target = new URL(url);
    target.port = String(port());
    await expect(client([])({ url: target })).rejects.toMatchObject({ scope: 'destination', code: 'address.refused' });
    expect(connections).toBe(before);
  });
  it.each(RESOLVED)('connects to nothing for a name that resolves to %s', async (address) => {
    const before = connections;
    const { lookup } = answers(address);
    const call = client([], lookup)({ url: `http://rebind.example:${port()}/` });
    await expect(call).rejects.toMatchObject({ scope: 'destination', code: 'address.refused' });
    expect(connections).toBe(before);
  });
  it('refuses a name when only one of its addresses is refused', async () => {
    const { lookup } = answers('93.184.215.14', '127.0.0.1');
    const call = client([], lookup)({ url: `http://mixed.example:${port()}/` });
    await expect(call).rejects.toMatchObject({ code: 'address.refused' });
  });
  it('connects to the very address that was checked, resolving once', async () => {
    const { lookup, asked } = answers('127.0.0.1');
    const answer = await client(['127.0.0.0/8'], lookup)({ url: `http://pinned.example:${port()}/` });
    expect([answer.status, answer.text, asked()]).toEqual([200, 'the secret page', 1]);
  });
});
