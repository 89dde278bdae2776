import { describe, expect, it } from 'vitest';
import { createHouse } from './house.ts';

const textOf = async (answer: Response | Promise<Response>) => (await answer).text();

describe('the overview', () => {
  it('says in words that all is clear, and that nothing came yet', async () => {
    const house = createHouse();
    await house.worker();
    const text = await textOf(house.get('/', await house.as('read')));
    expect(text).toContain('<h1>All clear</h1>');
    expect(text).toContain('Nothing is stuck, held or blocked, and no attestation waits for its verdict.');
    expect(text).toContain('no attestation received yet');
    expect(text).toContain('<title>All clear · Waybill</title>');
    expect(text).not.toContain('<table');
  });

  it('names what is wrong, the worst first', async () => {
    const house = createHouse();
    const inbox = await house.destination('inbox');
    const [id = ''] = (await house.accept('skynet/release', 'one', [inbox])).deliveries;
    await house.fail(id, 'retry', 'http.503', 'busy');
    await house.receive('skynet/release', 'undecided');
    await house.db.holds.break(
      'inbox',
      { scope: 'destination', code: 'http.401', message: 'the key is wrong' },
      house.at(),
    );
    house.pass(20 * 60_000);
    await house.worker();
    const text = await textOf(house.get('/', await house.as('operate')));
    expect(text).toContain('<h1>1 destination broken, 1 delivery stuck, 1 attestation undecided</h1>');
    expect(text).toContain('the key is wrong');
    expect(text).toContain('last attestation received <time');
    expect(text).toContain('action="/destinations/inbox/test"');
    expect(text).toMatch(/<time datetime="2026-03-01T03:00:00.000Z" title="2026-03-01T03:00:00.000Z">20m<\/time>/);
  });

  it('says when no worker runs and when Temporal does not answer', async () => {
    const house = createHouse();
    const cookie = await house.as('read');
    house.engine.reachable = async () => false;
    const text = await textOf(house.get('/', cookie));
    expect(text).toContain('Temporal does not answer, no worker runs');
    expect(text).toContain('start <code>waybill worker</code>');
    await house.worker();
    house.engine.reachable = async () => true;
    expect(await textOf(house.get('/', cookie))).toContain('All clear');
  });

  it('refreshes itself, but stands still on request and where something is typed', async () => {
    const house = createHouse();
    const inbox = await house.destination('inbox');
    const { deliveries } = await house.accept('skynet/release', 'one', [inbox]);
    const cookie = await house.as('operate');
    expect((await house.get('/', cookie)).headers.get('refresh')).toBe('15');
    expect(await textOf(house.get('/?stuck=yes', cookie))).toContain('href="/?stuck=yes&amp;refresh=off"');
    for (const path of [
      '/?refresh=off',
      '/deliveries',
      `/deliveries/${deliveries[0]}/skip`,
      '/destinations/inbox/pause',
    ])
      expect([path, (await house.get(path, cookie)).headers.get('refresh')]).toEqual([path, null]);
    expect(await textOf(house.get('/', cookie))).not.toMatch(/<input(?![^>]*hidden)|<select/);
  });
});

describe('the lists', () => {
  it('turns the pages of 250 deliveries without losing or repeating one', { timeout: 60_000 }, async () => {
    const house = createHouse();
    const inbox = await house.destination('inbox');
    const all = new Set<string>();
    for (let i = 0; i < 250; i++) {
      for (const id of (await house.accept('skynet/release', `p${i}`, [inbox])).deliveries) all.add(id);
      house.pass(10_000);
    }
    const cookie = await house.as('read');
    const seen: string[] = [];
    let path = '/deliveries?destination=inbox';
    for (let page = 0; page < 5; page++) {
      const text = await textOf(house.get(path, cookie));
      seen.push(...[...text.matchAll(/href="\/deliveries\/(dlv_\w+)"/g)].map((match) => match[1] ?? ''));
      path = /href="([^"]+)">next »/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
      expect(path === '' || path.startsWith('/deliveries?destination=inbox&cursor=')).toBe(true);
    }
    expect(path).toBe('');
    expect(seen).toHaveLength(250);
    expect(new Set(seen)).toEqual(all);
  });

  it('filters by state, destination, pipeline, code and what is stuck', async () => {
    const house = createHouse();
    const [inbox, chat] = [await house.destination('inbox'), await house.destination('chat', 'webhook', '1h')];
    const [refused = '', queued = ''] = (await house.accept('skynet/release', 'one', [inbox, chat])).deliveries;
    const [foreign = ''] = (await house.accept('t1000/build', 'two', [chat])).deliveries;
    await house.fail(refused, 'delivery', 'http.422', 'refused');
    house.pass(20 * 60_000);
    const cookie = await house.as('read');
    const ids = async (query: string) =>
      [...(await textOf(house.get(`/deliveries?${query}`, cookie))).matchAll(/href="\/deliveries\/(dlv_\w+)"/g)].map(
        (match) => match[1],
      );
    expect(await ids('')).toHaveLength(3);
    expect(await ids('state=blocked')).toEqual([refused]);
    expect(await ids('state=delivered')).toEqual([]);
    expect(await ids('stuck=yes')).toEqual([refused]);
    expect((await ids('destination=chat')).sort()).toEqual([queued, foreign].sort());
    expect(await ids('pipeline=t1000%2Fbuild')).toEqual([foreign]);
    expect(await ids('pipeline=t1000')).toEqual([foreign]);
    expect(await ids('code=http.422')).toEqual([refused]);
    expect(await ids('state=nonsense')).toHaveLength(3);
  });

  it('answers a cursor that it did not give out with a page, not a crash', async () => {
    const house = createHouse();
    const answer = await house.get('/deliveries?cursor=nonsense', await house.as('read'));
    expect([answer.status, (await answer.text()).includes('Start from its beginning')]).toEqual([400, true]);
  });
});

describe('one delivery and one attestation', () => {
  it('shows every attempt with what the receiver answered, as text', async () => {
    const house = createHouse();
    const inbox = await house.destination('inbox');
    const [id = ''] = (await house.accept('skynet/release', 'one', [inbox])).deliveries;
    await house.fail(id, 'retry', 'http.503', 'The receiver answered 503.', 1000);
    house.pass(2000);
    await house.attempt(id, {
      outcome: 'delivered',
      externalId: 'msg-7',
      url: 'https://receiver.example/7',
      evidence: { status: 200, latencyMs: 12 },
    });
    const text = await textOf(house.get(`/deliveries/${id}`, await house.as('operate')));
    expect(text).toContain('&lt;html&gt;&lt;h1&gt;http.503&lt;/h1&gt;&lt;/html&gt;');
    expect(text.indexOf('msg-7')).toBeGreaterThan(0);
    expect(text).toContain('<a href="https://receiver.example/7" rel="noopener noreferrer"');
    expect(text).toContain('http://localhost:8233/namespaces/default/workflows/attestation%2Fskynet%2Frelease%2F');
    expect(text).not.toContain('Retry now');
  });

  it('shows failed checks first, with what to do', async () => {
    const house = createHouse();
    const { id } = await house.reject('skynet/release', 'bad', 'The contract asks for skynet-sbom.');
    const text = await textOf(house.get(`/attestations/${id}`, await house.as('read')));
    expect(text).toContain('1 of 2 checks failed');
    expect(text).toContain('Add the SBOM as a byproduct named skynet-sbom and send it along.');
    expect(text.indexOf('material.missing')).toBeLessThan(text.indexOf('signature.valid'));
    expect(text).toContain('contract line 8');
  });

  it('says in the list which accepted ones have warnings', async () => {
    const house = createHouse();
    const warning = { code: 'material.unsigned', outcome: 'warned' as const, message: 'notes.txt was not signed.' };
    await house.accept('skynet/release', 'clean', []);
    await house.accept('skynet/release', 'warned', [], 'skynet-sbom', [warning]);
    const text = await textOf(house.get('/attestations', await house.as('read')));
    expect(text.match(/\d checks[^<]*/g)?.sort()).toEqual(['2 checks', '3 checks, 1 warned']);
  });

  it('shows signers, materials with facts, and deliveries of an accepted one', async () => {
    const house = createHouse();
    const inbox = await house.destination('inbox');
    const { id, deliveries } = await house.accept('skynet/release', 'good', [inbox]);
    const text = await textOf(house.get(`/attestations/${id}`, await house.as('read')));
    for (const words of [
      'accepted',
      'key skynet-release (ecdsa-p256-sha256)',
      'slot <b>skynet-sbom</b>',
      'valid by the schema of CycloneDX 1.5',
      '<dt>components</dt><dd>214</dd>',
      '<dd>name skynet, version 1.4.0</dd>',
      `/deliveries/${deliveries[0]}`,
    ])
      expect(text).toContain(words);
  });

  it('hands out the signed summary of a judgement to whoever may see it, as a download', async () => {
    const house = createHouse();
    const { id } = await house.accept('skynet/release', 'good', []);
    const cookie = await house.as('read');
    const path = `/attestations/${id}/vsa/1`;
    expect(await textOf(house.get(`/attestations/${id}`, cookie))).toContain(`<a href="${path}">signed summary</a>`);
    const answer = await house.get(path, cookie);
    expect(answer.headers.get('content-disposition')).toContain(`attachment; filename="${id}.1.vsa.json"`);
    expect(await answer.text()).toBe('{}');
    const elsewhere = await house.signIn(await house.token('read', ['other/*']));
    expect((await house.get(path, elsewhere)).status).toBe(404);
    expect((await house.get(`/attestations/${id}/vsa/2`, cookie)).status).toBe(404);
  });

  it('answers 404 to what is not there', async () => {
    const house = createHouse();
    const cookie = await house.as('read');
    for (const path of ['/deliveries/dlv_none', '/attestations/att_none'])
      expect((await house.get(path, cookie)).status).toBe(404);
  });

  it('escapes whatever a sender, a receiver or an operator wrote', async () => {
    const house = createHouse();
    const hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>\'';
    const inbox = await house.destination('inbox');
    const { id, deliveries } = await house.accept('skynet/release', 'x', [inbox], hostile);
    const [delivery = ''] = deliveries;
    const rejected = await house.reject('skynet/release', 'y', hostile);
    await house.fail(delivery, 'delivery', hostile, hostile);
    await house.db.holds.pause('inbox', hostile, { by: { id: 't', name: hostile }, at: house.at() });
    const cookie = await house.as('operate');
    const paths = [
      '/',
      '/deliveries',
      `/deliveries?code=${encodeURIComponent(hostile)}`,
      `/deliveries/${delivery}`,
      `/deliveries/${delivery}/skip`,
      `/attestations/${id}`,
      `/attestations/${rejected.id}`,
      `/attestations?signer=${encodeURIComponent(hostile)}`,
      `/causes/skip?${new URLSearchParams({ destination: 'inbox', code: hostile, scope: 'delivery' })}`,
      `/session?to=${encodeURIComponent(hostile)}`,
    ];
    for (const path of paths) {
      const answer = await house.get(path, cookie);
      const text = await answer.text();
      expect([path, answer.status, /<script|<img|onerror=alert\(2\)>/.test(text)]).toEqual([path, 200, false]);
    }
    expect(await textOf(house.get(`/deliveries/${delivery}`, cookie))).toContain('&lt;script&gt;');
  });

  it('makes no link of an address that is none of the web', async () => {
    const house = createHouse();
    const inbox = await house.destination('inbox');
    const [id = ''] = (await house.accept('skynet/release', 'one', [inbox])).deliveries;
    await house.attempt(id, { outcome: 'delivered', url: 'javascript:alert(1)', evidence: { status: 200 } });
    expect(await textOf(house.get(`/deliveries/${id}`, await house.as('read')))).not.toContain('href="javascript:');
  });
});

describe('a destination that does not just deliver', () => {
  const BROKEN = { scope: 'destination', code: 'http.401', message: 'the key is wrong' } as const;
  const rowOf = (text: string) => /<h2>Destinations that are held, or drain<\/h2>([\s\S]*?)<\/table>/.exec(text)?.[1];

  async function brokenHouse() {
    const house = createHouse();
    const inbox = await house.destination('inbox');
    const chat = await house.destination('chat');
    const [waiting = '', refused = ''] = (await house.accept('skynet/release', 'one', [inbox, chat])).deliveries;
    await house.fail(waiting, 'destination', 'http.401', 'the key is wrong');
    await house.fail(refused, 'delivery', 'http.422', 'the document is wrong');
    house.pass(60_000);
    await house.db.holds.break('inbox', BROKEN, house.at());
    return { house, waiting };
  }

  it('is one line: why, what to do, since when, what waits, the next probe', async () => {
    const { house } = await brokenHouse();
    house.pass(10_000);
    const text = await textOf(house.get('/', await house.as('operate')));
    const row = rowOf(text) ?? '';
    expect(row).toContain('<span class="badge bad">broken</span> <code>http.401</code> the key is wrong');
    expect(row).toContain('Put a valid key where the destination&#39;s secret comes from');
    expect(row).toMatch(/1 delivery, the oldest <time[^>]*>1m 10s<\/time> old/);
    expect(row).toMatch(/<time[^>]*>in 20s<\/time>/);
    // Told once: among the causes is only what does not wait for its destination.
    const causes = /<h2>Why deliveries are open<\/h2>([\s\S]*?)<\/table>/.exec(text)?.[1] ?? '';
    expect(causes).toContain('http.422</code> the receiver refuses this document');
    expect(causes).not.toContain('http.401');
  });

  it('says who probes it, with which delivery, and how many probes failed', async () => {
    const { house, waiting } = await brokenHouse();
    const cookie = await house.as('read');
    const row = async () => rowOf(await textOf(house.get('/', cookie)));
    await house.db.holds.failProbe('inbox', 'still wrong', house.at());
    expect(await row()).toContain('1 probe failed');
    house.pass(20 * 60_000);
    await house.db.processes.heartbeat({ id: 'proc_abc', kind: 'worker', at: house.at() });
    await house.db.holds.claimProbe('inbox', 'proc_abc', house.at());
    expect(await row()).toContain('now, by <code>proc_abc</code>');
    const begun = await house.db.deliveries.begin({
      id: waiting,
      phase: 'deliver',
      processId: 'proc_abc',
      orderKey: null,
      expiresAfterMs: 1e12,
      attemptMs: 60_000,
      at: house.at(),
    });
    expect(begun.kind).toBe('go');
    expect(await row()).toContain(`now, with <a class="mono" href="/deliveries/${waiting}">`);
  });

  it('is why nothing is tried: a delivery of it says when it is probed', async () => {
    const { house, waiting } = await brokenHouse();
    const cookie = await house.as('read');
    expect(await textOf(house.get(`/deliveries/${waiting}`, cookie))).toMatch(
      /nothing is tried while inbox is broken; next probe <time[^>]*>in 30s<\/time>/,
    );
    await house.db.holds.pause('inbox', 'upgrade', { by: { id: 't', name: 'olga' }, at: house.at() });
    expect(await textOf(house.get(`/deliveries/${waiting}`, cookie))).toContain(
      'nothing is tried while olga paused inbox',
    );
  });

  it('drains once it works again, and says how many are left', async () => {
    const { house } = await brokenHouse();
    await house.db.holds.heal('inbox', 'its test passed', house.at());
    const cookie = await house.as('read');
    const row = rowOf(await textOf(house.get('/', cookie)));
    expect(row).toContain('<span class="badge calm">draining</span>');
    expect(row).toContain('1 delivery left of what was held');
  });
});

it('a delivery says how many of its attempts are not kept any more', async () => {
  const house = createHouse();
  const inbox = await house.destination('inbox');
  const [id = ''] = (await house.accept('skynet/release', 'one', [inbox])).deliveries;
  for (let n = 0; n < 13; n++) await house.fail(id, 'retry', 'http.503', 'busy');
  house.pass(60_000);
  const cookie = await house.as('read');
  expect(await textOf(house.get(`/deliveries/${id}`, cookie))).not.toContain('not kept any more');
  await house.db.upkeep.removeAttempts({ before: house.at(), limit: 9 });
  expect(await textOf(house.get(`/deliveries/${id}`, cookie))).toContain('3 older attempts not kept any more.');
});
