import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSecret } from '../../attestation/delivery/seal.ts';
import { testCertificate } from '../support/certificate.ts';
import { makeKey } from '../support/keys.ts';
import { CONTRACT, createHouse, type House, problemOf, SEALING_KEY } from './house.ts';

let house: House;
let admin: string;
beforeEach(async () => {
  house = createHouse();
  admin = (await house.token('admin')).token;
});
afterEach(() => house.close());

const put = (path: string, body: unknown) => house.request(admin, 'PUT', `/v1${path}`, body);
const get = async (path: string) =>
  (await house.request(admin, 'GET', `/v1${path}`)).json() as Promise<Record<string, unknown>>;

describe('a contract', () => {
  it('is kept as it was written, and other bytes make a new revision', async () => {
    const first = await put('/contracts/skynet', CONTRACT);
    expect(first.status).toBe(201);
    expect(await first.json()).toMatchObject({ revision: 1, change: 'created', text: CONTRACT });
    expect(await (await put('/contracts/skynet', CONTRACT)).json()).toMatchObject({ revision: 1, change: 'unchanged' });
    const changed = `# stricter\n${CONTRACT}`;
    expect(await (await put('/contracts/skynet', changed)).json()).toMatchObject({ revision: 2, change: 'updated' });
    expect(await get('/contracts/skynet')).toMatchObject({ revision: 2, text: changed });
    expect(await get('/contracts/skynet/revisions/1')).toMatchObject({ revision: 1, text: CONTRACT });
    expect(await get('/contracts/skynet/revisions')).toMatchObject({
      items: [{ revision: 2 }, { revision: 1 }],
      next: null,
    });
  });

  it('with a typo is refused with its line, its path and the nearest known name', async () => {
    const answer = await put('/contracts/skynet', CONTRACT.replace('materials', 'materails'));
    const body = await problemOf(answer);
    expect(body).toMatchObject({ status: 422, code: 'contract.invalid' });
    expect(body.detail).toContain('line 2');
    expect(body.errors).toMatchObject([{ line: 2, nearest: 'materials' }]);
    expect((await house.request(admin, 'GET', '/v1/contracts/skynet')).status).toBe(404);
  });

  it('with a rule that cannot be meant is refused at the very character', async () => {
    const rules = 'schemaVersion: v1\nrules:\n  - { name: pinned, expr: "true && statment.subject != []" }\n';
    const body = await problemOf(await put('/contracts/skynet', rules));
    expect(body).toMatchObject({
      status: 422,
      errors: [{ code: 'contract.invalid-rule', line: 3, column: 36, path: 'rules[0].expr', nearest: 'statement' }],
    });
  });

  it('that is not UTF-8 is refused', async () => {
    expect(await problemOf(await put('/contracts/skynet', new Uint8Array([0xff, 0xfe, 0x41])))).toMatchObject({
      status: 400,
      code: 'contract.encoding',
    });
  });
});

describe('a pipeline', () => {
  it('is bound to a contract that exists', async () => {
    expect(await problemOf(await put('/pipelines/acme/skynet', { contract: 'skynet' }))).toMatchObject({
      status: 422,
      code: 'contract.unknown',
    });
    await put('/contracts/skynet', CONTRACT);
    const created = await put('/pipelines/acme/skynet', { contract: 'skynet' });
    expect(created.status).toBe(201);
    expect(await created.json()).toMatchObject({ project: 'acme', name: 'skynet', change: 'created' });
    expect(await get('/pipelines?project=acme')).toMatchObject({
      items: [{ name: 'skynet', spec: { contract: 'skynet' } }],
    });
  });

  it('with an unknown field or a bad name is refused with the place', async () => {
    expect(await problemOf(await put('/pipelines/acme/skynet', { contrac: 'x' }))).toMatchObject({
      status: 400,
      code: 'request.invalid',
      errors: expect.arrayContaining([expect.objectContaining({ path: 'body.contract' })]),
    });
    expect(await problemOf(await put('/pipelines/Acme/skynet', { contract: 'x' }))).toMatchObject({
      status: 400,
      errors: [{ path: 'path.project', message: 'expected lower-case letters, digits and dashes, at most 63' }],
    });
  });
});

describe('a trusted key', () => {
  it('is registered, shown and forgotten', async () => {
    const key = makeKey('ecdsa-p256-sha256');
    const created = await put('/trust/keys/release', { publicKey: key.publicPem, projects: ['acme'] });
    expect(created.status).toBe(201);
    expect(await created.json()).toMatchObject({
      algorithm: 'ecdsa-p256-sha256',
      fingerprint: key.trusted.fingerprint,
      projects: ['acme'],
    });
    expect(await get('/trust/keys')).toMatchObject({ items: [{ name: 'release', revokedSince: null }] });
    expect((await house.request(admin, 'DELETE', '/v1/trust/keys/release')).status).toBe(204);
    expect(await problemOf(await house.request(admin, 'DELETE', '/v1/trust/keys/release'))).toMatchObject({
      code: 'trusted-key.unknown',
    });
  });

  it('that is a private one is refused, and repeated nowhere', async () => {
    const pem = makeKey().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const answer = await put('/trust/keys/release', { publicKey: pem });
    expect(answer.status).toBe(422);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'key.private' });
    expect(text + JSON.stringify(house.lines)).not.toContain(pem.split('\n')[1]);
  });
});

describe('a destination', () => {
  const spec = (more: object = {}) => ({
    integration: 'webhook',
    config: { url: 'https://example.com/hook' },
    secrets: { signingSecret: 'env:WAYBILL_SECRET_HOOK' },
    ...more,
  });
  const VALUE = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

  it('keeps references as they are and seals values, which are never shown again', async () => {
    expect(await (await put('/destinations/hook', spec())).json()).toMatchObject({
      change: 'created',
      generation: 1,
      holds: [],
      deliveries: { open: 0, stuck: 0 },
      spec: { stuckAfter: '15m', secrets: { signingSecret: { ref: 'env:WAYBILL_SECRET_HOOK' } } },
    });
    const sealed = await put('/destinations/hook', spec({ secrets: { signingSecret: { value: VALUE } } }));
    const text = await sealed.text();
    expect(JSON.parse(text)).toMatchObject({
      change: 'updated',
      spec: { secrets: { signingSecret: { sealed: true } } },
    });
    const record = await house.db.destinations.get('hook');
    const stored = record?.secrets.signingSecret;
    expect(text + JSON.stringify([await get('/destinations'), await get('/audit'), house.lines, record])).not.toContain(
      VALUE.slice(6, 30),
    );
    expect(stored && 'sealed' in stored && openSecret(SEALING_KEY, stored)).toBe(VALUE);
  });

  it('keeps secrets that are not given again, but sends them to no other address', async () => {
    await put('/destinations/hook', spec({ secrets: { signingSecret: { value: VALUE } } }));
    const kept = await put('/destinations/hook', spec({ secrets: {}, stuckAfter: '1h' }));
    expect(await kept.json()).toMatchObject({
      spec: { stuckAfter: '1h', secrets: { signingSecret: { sealed: true } } },
    });
    const moved = await put(
      '/destinations/hook',
      spec({ secrets: {}, config: { url: 'https://attacker.example/hook' } }),
    );
    expect(await problemOf(moved)).toMatchObject({ status: 422, code: 'secrets.required', expected: 'signingSecret' });
  });

  const refused: [string, object, number, string, string][] = [
    [
      'a literal private address',
      { config: { url: 'http://10.0.0.8/hook' } },
      422,
      'address.refused',
      "if that is meant, add its range to the destination's `allow` list",
    ],
    ['localhost', { config: { url: 'http://localhost:9999/hook' } }, 422, 'address.refused', '127.0.0.1'],
    ['an unknown setting', { config: { url: 'https://example.com', speed: 9 } }, 422, 'destination.invalid', 'speed'],
    [
      'a missing secret',
      { secrets: {} },
      422,
      'destination.invalid',
      'spec.secrets.signingSecret: this secret is required',
    ],
    [
      'a secret of another form',
      { secrets: { signingSecret: { value: 'hunter2' } } },
      422,
      'destination.invalid',
      'spec.secrets.signingSecret',
    ],
    [
      'an unknown secret',
      { secrets: { signingSecret: 'env:WAYBILL_SECRET_A', other: 'env:WAYBILL_SECRET_B' } },
      422,
      'destination.invalid',
      'unknown secret',
    ],
    [
      'a reference to anything of the process',
      { secrets: { signingSecret: 'env:AWS_SECRET_ACCESS_KEY' } },
      400,
      'request.invalid',
      'signingSecret',
    ],
    ...['file:.', 'file:..', 'file:a/b', 'file:'].map((ref): [string, object, number, string, string] => [
      `a reference to no file of the folder: ${ref}`,
      { secrets: { signingSecret: ref } },
      400,
      'request.invalid',
      'signingSecret',
    ]),
    [
      'an unknown integration',
      { integration: 'carrier-pigeon' },
      422,
      'integration.unknown',
      'expected one of dependency-track, webhook',
    ],
    ['an integration from the prototype', { integration: 'constructor' }, 422, 'integration.unknown', ''],
  ];
  it.each(refused)('with %s is refused', async (_what, more, status, code, sentence) => {
    const body = await problemOf(await put('/destinations/hook', spec(more)));
    expect(body).toMatchObject({ status, code });
    expect(body.detail).toContain(sentence);
    expect(await house.db.destinations.all()).toEqual([]);
  });

  it('trusts an authority that is one, and says what is wrong with any other', async () => {
    const { cert, key } = await testCertificate('localhost');
    const { cert: second } = await testCertificate('127.0.0.1');
    const answerTo = (tlsCa: string) => put('/destinations/hook', spec({ tlsCa }));
    for (const tlsCa of [cert, `# the old one\n${cert}\n# the new one\n${second}\r\n`])
      expect((await answerTo(tlsCa)).ok).toBe(true);
    const cases: [string, string][] = [
      ['not a pem', 'found none; give the text of the CA file, not its path'],
      ['/etc/ssl/ca.pem', 'found none'],
      [key, 'found a private key'],
      [cert + key, 'found a private key'],
      [cert + cert.replace('MII', 'XXX'), 'found one that cannot be read, number 2 of 2'],
      [cert + second.slice(0, -30), 'found one that is cut'],
    ];
    for (const [tlsCa, sentence] of cases) {
      const body = await problemOf(await answerTo(tlsCa));
      expect(body, sentence).toMatchObject({
        status: 422,
        code: 'destination.invalid',
        errors: [{ path: 'spec.tlsCa', code: 'tls-ca.invalid' }],
      });
      expect(body.detail).toContain(sentence);
      expect(JSON.stringify(body)).not.toContain(key.slice(40, 80));
    }
  });

  it('at a private address is taken where it is allowed', async () => {
    const inside = spec({ config: { url: 'http://10.0.0.8/hook' }, allow: ['10.0.0.0/24'] });
    expect((await put('/destinations/hook', inside)).status).toBe(201);
  });

  it('never becomes another kind', async () => {
    await put('/destinations/hook', spec());
    const other = {
      integration: 'dependency-track',
      config: { url: 'https://dtrack.example.com' },
      secrets: { apiKey: 'env:WAYBILL_SECRET_DT' },
    };
    expect(await problemOf(await put('/destinations/hook', other))).toMatchObject({
      status: 409,
      code: 'destination.other-integration',
    });
  });

  it('is paused with a reason, shows it, and is resumed', async () => {
    await put('/destinations/hook', spec());
    const act = (what: string, body?: unknown) => house.request(admin, 'POST', `/v1/destinations/hook/${what}`, body);
    expect(await problemOf(await act('pause', {}))).toMatchObject({ status: 400, errors: [{ path: 'body.reason' }] });
    const paused = await act('pause', { reason: 'receiver moves house' });
    expect(await paused.json()).toMatchObject({
      holds: [{ kind: 'operator', reason: 'receiver moves house', by: 'admin token' }],
    });
    expect(await get('/destinations')).toMatchObject({ items: [{ name: 'hook', holds: [{ kind: 'operator' }] }] });
    expect(await (await act('resume')).json()).toMatchObject({ holds: [] });
    expect(await problemOf(await house.request(admin, 'POST', '/v1/destinations/nope/resume'))).toMatchObject({
      status: 404,
    });
  });

  it('is tested in a worker, and says when none answers', async () => {
    await put('/destinations/hook', spec());
    const test = () => house.request(admin, 'POST', '/v1/destinations/hook/test');
    expect(await (await test()).json()).toMatchObject({ ok: true, checks: [{ name: 'signed test event' }] });
    house.engine.testChecks = [{ name: 'signed test event', outcome: 'fail', detail: '503', remedy: 'start it' }];
    expect(await (await test()).json()).toMatchObject({ ok: false, checks: [{ remedy: 'start it' }] });
    house.engine.testChecks = undefined;
    const unanswered = await test();
    expect(unanswered.headers.get('retry-after')).toBe('10');
    expect(await problemOf(unanswered)).toMatchObject({ status: 503, code: 'test.unanswered' });
  });

  it('is deleted only when nothing needs it, and says what does', async () => {
    await put('/destinations/hook', spec());
    await put('/attachments/to-hook', { destination: 'hook', pipelines: ['acme/*'] });
    expect(await problemOf(await house.request(admin, 'DELETE', '/v1/destinations/hook'))).toMatchObject({
      status: 409,
      code: 'destination.in-use',
      attachments: 1,
      openDeliveries: 0,
    });
    expect((await house.request(admin, 'DELETE', '/v1/attachments/to-hook')).status).toBe(204);
    expect((await house.request(admin, 'DELETE', '/v1/destinations/hook')).status).toBe(204);
    expect((await house.request(admin, 'GET', '/v1/destinations/hook')).status).toBe(404);
  });
});

describe('an attachment', () => {
  it('is refused where it could never deliver anything', async () => {
    const refuse = async (body: unknown) => problemOf(await put('/attachments/to-dt', body));
    expect(await refuse({ destination: 'dt', pipelines: ['acme/*'] })).toMatchObject({
      status: 422,
      code: 'destination.unknown',
    });
    await put('/destinations/dt', {
      integration: 'dependency-track',
      config: { url: 'https://dtrack.example.com' },
      secrets: { apiKey: 'env:WAYBILL_SECRET_DT' },
    });
    const base = { destination: 'dt', pipelines: ['acme/*'] };
    expect(await refuse({ ...base, materials: { types: ['SBOM_CYCLONEDX'] } })).toMatchObject({
      status: 422,
      code: 'attachment.invalid',
    });
    const sarif = await refuse({ ...base, materials: { types: ['SARIF'] } });
    expect(sarif.detail).toContain('nothing would ever be delivered');
    expect(await refuse({ ...base, options: { nonsense: true } })).toMatchObject({
      status: 422,
      code: 'attachment.invalid',
    });
    expect(await refuse({ ...base, pipelines: ['acme'] })).toMatchObject({ status: 400, code: 'request.invalid' });
  });
});

it('the integrations are listed with the JSON Schema of their settings', async () => {
  expect(await get('/integrations')).toMatchObject({
    items: expect.arrayContaining([
      expect.objectContaining({
        id: 'webhook',
        takes: 'attestation',
        secrets: expect.objectContaining({ type: 'object' }),
      }),
    ]),
  });
});
