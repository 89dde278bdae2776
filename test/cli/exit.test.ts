import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explain } from '../../cli/exit.ts';
import { startStub } from './stub-server.ts';
import { run, temporaryFolder } from './world.ts';

const problem = (status: number, code: string) => ({
  status,
  body: {
    type: `urn:waybill:problem:${code}`,
    title: 'x',
    status,
    code,
    detail: `detail of ${code}`,
    requestId: 'r1',
    remedy: 'Do that.',
  },
});

describe('exit codes', () => {
  const answers = [
    [{ status: 200, body: { items: [], next: null } }, 0, 'None.'],
    [problem(400, 'request.invalid'), 1, 'request.invalid: detail of request.invalid\n  Do that.'],
    [problem(401, 'token.expired'), 1, 'token.expired'],
    [problem(403, 'role.insufficient'), 1, 'role.insufficient'],
    [problem(404, 'attestation.unknown'), 1, 'attestation.unknown'],
    [problem(409, 'delivery.final'), 1, 'delivery.final'],
    [problem(422, 'contract.invalid'), 1, 'contract.invalid'],
    [problem(429, 'too.many'), 3, 'too.many'],
    [problem(500, 'internal'), 3, '(request r1)'],
    [problem(503, 'database.busy'), 3, 'database.busy'],
    [problem(507, 'disk.full'), 3, 'disk.full'],
    [
      { status: 404, body: '<html>not here</html>', headers: { 'content-type': 'text/html' } },
      3,
      'not as Waybill does',
    ],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 3, 'not as Waybill does'],
    [{ status: 200, body: '{"items": [' }, 3, 'not as Waybill does'],
    [{ status: 200, body: '<html>welcome</html>', headers: { 'content-type': 'text/html' } }, 3, 'not as Waybill does'],
  ] as const;
  it.each(answers)('answer %j ends with %i', async (answer, exit, text) => {
    const { url } = await startStub(() => answer);
    const ran = await run(['get', 'attestations'], { env: { WAYBILL_URL: url, WAYBILL_TOKEN: 'wbt_x' } });
    expect(ran).toMatchObject({ exit });
    expect(ran.err).toContain(text);
  });

  it('ends with 3 where nobody listens, and says what to do', async () => {
    const ran = await run(['get', 'deliveries'], { env: { WAYBILL_URL: 'http://127.0.0.1:1' } });
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain('waybill up');
  });

  it('ends with 3 when no answer comes in time', async () => {
    const { url } = await startStub(() => ({ status: 200, body: {}, headers: { 'content-length': '10' } }));
    const ran = await run(['get', 'deliveries', '--timeout', '0.3', '--url', url]);
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain('no answer in time');
  });

  const misuse = [
    ['get', 'deliverys'],
    ['get', 'tokens', '--verdict', 'accepted'],
    ['get', 'audit', 'something'],
    ['nonsense'],
    [],
    ['submit', 'a.json'],
    ['submit', 'not-there.json', '--pipeline', 'a/b'],
    ['submit', 'a.json', '--pipeline', 'ab'],
    ['submit', 'a.json', '--pipeline', 'a/b', '--material', 'x'],
    ['verify', 'a.json'],
    ['deliveries', 'retry'],
    ['deliveries', 'skip', 'dlv_1'],
    ['token', 'create', '--name', 'x', '--expires', 'soon'],
    ['token', 'revoke', 'wbt_0123'],
    ['get', 'attestations', '--url', 'ftp://example.com'],
    ['get', 'attestations', '--url', 'http://user:password@example.com'],
    ['get', 'attestations', '--token-file', 'not-there'],
    ['get', 'attestations', '--limit', 'many'],
  ];
  it.each(misuse.map((args) => ({ args })))('misuse ends with 2: $args', async ({ args }) => {
    const ran = await run(args, { cwd: temporaryFolder() });
    expect(ran.exit).toBe(2);
    expect(ran.err).not.toBe('');
  });

  it.each([['--help'], ['--version'], ['help', 'submit'], ['deliveries', 'retry', '--help']].map((args) => ({ args })))(
    'help ends with 0: $args',
    async ({ args }) => {
      const ran = await run(args);
      expect(ran).toMatchObject({ exit: 0, err: '' });
    },
  );

  it('calls an error that nobody foresaw a bug, not a refusal', () => {
    expect(explain(new TypeError('x is not a function'))).toMatchObject({
      exit: 3,
      text: expect.stringContaining('bug'),
    });
  });
});

describe('tokens', () => {
  it('a token file found upward goes to this machine only', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '.waybill'));
    mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
    writeFileSync(join(folder, '.waybill', 'admin-token'), 'wbt_local\n');
    const { url, seen } = await startStub(() => ({ status: 200, body: { items: [], next: null } }));
    await run(['get', 'pipelines', '--url', url], { cwd: join(folder, 'deep', 'er') });
    await run(['get', 'pipelines', '--url', url.replace('127.0.0.1', 'localhost.localdomain')], { cwd: folder });
    expect(seen[0]?.headers.authorization).toBe('Bearer wbt_local');
    expect(seen.slice(1).map(({ headers }) => headers.authorization)).not.toContain('Bearer wbt_local');
  });

  it('is never printed, whatever goes wrong', async () => {
    const { url } = await startStub(() => ({ status: 401, body: { code: 'token.unknown', detail: 'no such token' } }));
    const env = { WAYBILL_URL: url, WAYBILL_TOKEN: 'wbt_secret-canary' };
    for (const args of [
      ['get', 'pipelines'],
      ['get', 'pipelines', '--json'],
      ['token', 'list'],
      ['get', 'pipelines', '--url', 'http://127.0.0.1:1'],
    ]) {
      const ran = await run(args, { env });
      expect(ran.exit).not.toBe(0);
      expect(ran.out + ran.err).not.toContain('secret-canary');
    }
  });
});
