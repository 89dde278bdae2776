import { describe, expect, it } from 'vitest';
import { createHouse, type House } from './house.ts';

const REFUSED = 'The receiver refused the document.';

async function blockedHouse(count = 3) {
  const house = createHouse();
  const inbox = await house.destination('inbox');
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const [id = ''] = (await house.accept('skynet/release', `b${i}`, [inbox])).deliveries;
    await house.fail(id, 'delivery', 'http.422', REFUSED);
    ids.push(id);
  }
  house.pass(1000);
  return { house, ids, inbox, cookie: await house.as('operate') };
}
const stateOf = async (house: House, id: string) => (await house.db.deliveries.get(id, house.at()))?.state;
const flashOf = async (house: House, cookie: string, path = '/') =>
  /role="status">([^<]*)</.exec(await (await house.get(path, cookie)).text())?.[1];

describe('retry and skip of one delivery', () => {
  it('writes a retry command, wakes the workflow, and says so once', async () => {
    const { house, ids, cookie } = await blockedHouse(1);
    const [id = ''] = ids;
    const answer = await house.post(`/deliveries/${id}/retry`, {}, cookie);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/deliveries/${id}`]);
    expect((await house.db.deliveries.get(id, house.at()))?.command).toMatchObject({
      what: 'retry',
      by: 'operate-token',
    });
    expect(house.woken).toEqual([{ id, what: 'retry' }]);
    expect(await flashOf(house, cookie, `/deliveries/${id}`)).toBe('Retry asked for.');
    expect(await flashOf(house, cookie, `/deliveries/${id}`)).toBeUndefined();
  });

  it('skips with a reason, which the audit keeps', async () => {
    const { house, ids, cookie } = await blockedHouse(1);
    const [id = ''] = ids;
    expect(await (await house.get(`/deliveries/${id}/skip`, cookie)).text()).toContain('Skip this delivery?');
    const answer = await house.post(`/deliveries/${id}/skip`, { reason: '  test data ' }, cookie);
    expect(answer.status).toBe(303);
    const delivery = await house.db.deliveries.get(id, house.at());
    expect([delivery?.state, delivery?.skipped]).toEqual(['skipped', { by: 'operate-token', reason: 'test data' }]);
    expect(house.woken).toEqual([{ id, what: 'skip' }]);
    expect((await house.db.audit.list({ target: id }, { limit: 1 })).items[0]?.detail).toMatchObject({
      reason: 'test data',
    });
  });

  it.each(['', '   ', 'x'.repeat(501)])('asks again when the reason is missing or endless', async (reason) => {
    const { house, ids, cookie } = await blockedHouse(1);
    const answer = await house.post(`/deliveries/${ids[0]}/skip`, { reason }, cookie);
    expect([answer.status, (await answer.text()).includes('Expected a reason')]).toEqual([422, true]);
    expect(await stateOf(house, ids[0] ?? '')).toBe('blocked');
  });

  it('wakes nobody for a delivery that has ended', async () => {
    const { house, ids, cookie } = await blockedHouse(1);
    await house.post(`/deliveries/${ids[0]}/skip`, { reason: 'x' }, cookie);
    house.woken.length = 0;
    await house.post(`/deliveries/${ids[0]}/retry`, {}, cookie);
    await house.post(`/deliveries/${ids[0]}/skip`, { reason: 'again' }, cookie);
    expect(house.woken).toEqual([]);
    expect(await flashOf(house, cookie)).toBe('It had ended already: nothing was skipped.');
  });
});

describe('retry and skip of a cause', () => {
  const cause = { destination: 'inbox', code: 'http.422', scope: 'delivery' };
  const REASON = { reason: 'not wanted there' };

  /** The form of a sheet, as a browser sends it, and the sheet. */
  async function look(house: House, cookie: string, what: 'retry' | 'skip', which: Record<string, string> = cause) {
    return formIn(await (await house.get(`/causes/${what}?${new URLSearchParams(which)}`, cookie)).text());
  }
  const formIn = (page: string) => {
    const fields = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
    return { page, form: Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, value])) };
  };

  it('shows what a retry would do, and retries those and no other', async () => {
    const { house, ids, inbox, cookie } = await blockedHouse();
    const [other = ''] = (await house.accept('skynet/release', 'other', [inbox])).deliveries;
    await house.fail(other, 'retry', 'http.503', 'busy');
    const overview = await (await house.get('/', cookie)).text();
    expect(overview).toContain(
      'href="/causes/retry?destination=inbox&amp;code=http.422&amp;scope=delivery">Retry all 3…',
    );
    const { page, form } = await look(house, cookie, 'retry');
    expect(page).toContain('Retry 3 deliveries?');
    expect(page).toMatch(/>3<\/td><td>blocked<\/td>\s*<td class="message">Is tried at once\./);
    expect(page).not.toContain('posted again');
    expect(house.woken).toEqual([]);
    await house.post('/causes/retry', form, cookie);
    expect(house.woken.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(await flashOf(house, cookie)).toBe('Asked for a retry of 3 deliveries to inbox.');
  });

  it('says what stays held, and what was asked for already', async () => {
    const { house, ids, cookie } = await blockedHouse();
    await house.post(`/deliveries/${ids[0]}/retry`, {}, cookie);
    await house.db.holds.pause('inbox', 'maintenance', { by: { id: 't', name: 'olga' }, at: house.at() });
    const { page, form } = await look(house, cookie, 'retry');
    expect(page).toContain('Retry 2 deliveries?');
    expect(page).toContain('Is held, and stays held');
    expect(page).toContain('A retry was asked for already');
    expect(form.expectAtMost).toBe('2');
  });

  it('warns of messages that may be posted again', async () => {
    const { house, inbox, cookie } = await blockedHouse(1);
    const chat = await house.destination('chat', 'in-house-chat');
    const [id = ''] = (await house.accept('skynet/release', 'chat', [chat, inbox])).deliveries;
    await house.fail(id, 'delivery', 'http.422', REFUSED);
    const { page } = await look(house, cookie, 'retry', { ...cause, destination: 'chat' });
    expect(page).toMatch(/Up to 1 message may be posted again:<\/b>\s*in-house-chat cannot recognise duplicates/);
  });

  it('skips only those that were there when it was shown', async () => {
    const { house, ids, inbox, cookie } = await blockedHouse();
    const { page, form } = await look(house, cookie, 'skip');
    expect(page).toContain('Skip 3 deliveries?');
    house.pass(5000);
    const [late = ''] = (await house.accept('skynet/release', 'late', [inbox])).deliveries;
    await house.fail(late, 'delivery', 'http.422', REFUSED);
    await house.post('/causes/skip', { ...form, ...REASON }, cookie);
    for (const id of ids) expect(await stateOf(house, id)).toBe('skipped');
    expect(await stateOf(house, late)).toBe('blocked');
    expect(await flashOf(house, cookie)).toBe('Skipped 3 deliveries to inbox.');
    const [entry] = (await house.db.audit.list({ action: 'deliveries.skip' }, { limit: 1 })).items;
    expect(entry?.detail).toEqual({ ...REASON, count: 3, filter: cause });
  });

  it('does nothing when more have come to the cause than were shown', async () => {
    const { house, ids, inbox, cookie } = await blockedHouse();
    const [queued = ''] = (await house.accept('skynet/release', 'fourth', [inbox])).deliveries;
    house.pass(1000);
    const { form } = await look(house, cookie, 'skip');
    await house.fail(queued, 'delivery', 'http.422', REFUSED);
    const answer = await house.post('/causes/skip', { ...form, ...REASON }, cookie);
    expect([answer.status, (await answer.text()).includes('There are more now')]).toEqual([422, true]);
    expect(await stateOf(house, ids[0] ?? '')).toBe('blocked');
  });

  it('does nothing twice, however often one form is sent', async () => {
    const { house, ids, cookie } = await blockedHouse();
    const { form } = await look(house, cookie, 'retry');
    await Promise.all([house.post('/causes/retry', form, cookie), house.post('/causes/retry', form, cookie)]);
    for (const id of ids) await house.fail(id, 'delivery', 'http.422', REFUSED);
    const again = await house.post('/causes/retry', form, cookie);
    expect([again.status, again.headers.get('location')]).toEqual([303, '/']);
    expect(house.woken).toHaveLength(3);
    expect((await house.db.deliveries.get(ids[0] ?? '', house.at()))?.command).toBeNull();
  });

  it('shows before it acts, though somebody posts without having looked', async () => {
    const { house, cookie } = await blockedHouse();
    const answer = await house.post('/causes/retry', cause, cookie);
    expect([answer.status, (await answer.text()).includes('Retry 3 deliveries?')]).toEqual([422, true]);
    expect(house.woken).toEqual([]);
  });

  it('skips nothing without a reason, and keeps the count it showed', async () => {
    const { house, ids, cookie } = await blockedHouse();
    const { form } = await look(house, cookie, 'skip');
    const answer = await house.post('/causes/skip', { ...form, reason: ' ' }, cookie);
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('Skip 3 deliveries?');
    expect(await stateOf(house, ids[0] ?? '')).toBe('blocked');
  });

  it('knows deliveries that never failed as a group of their own', async () => {
    const { house, inbox, cookie } = await blockedHouse(1);
    const [fresh = ''] = (await house.accept('skynet/release', 'fresh', [inbox])).deliveries;
    house.pass(1000);
    const { form } = await look(house, cookie, 'retry', { destination: 'inbox', code: 'none', scope: 'none' });
    await house.post('/causes/retry', form, cookie);
    expect(house.woken).toEqual([{ id: fresh, what: 'retry' }]);
  });

  it('does 1,000 at a click, and offers the rest with the reason that was given', { timeout: 60_000 }, async () => {
    const house = createHouse();
    const inbox = await house.destination('inbox');
    const to = [inbox];
    for (let n = 1; n < 102; n++) to.push(await house.attach(`more-${n}`, 'inbox'));
    for (let n = 0; n < 10; n++) await house.accept('skynet/release', `m${n}`, to);
    house.pass(1000);
    const cookie = await house.as('operate');
    const none = { destination: 'inbox', code: 'none', scope: 'none' };
    const { page, form } = await look(house, cookie, 'skip', none);
    expect(page).toContain('Skip 1,020 deliveries?');
    const first = await house.post('/causes/skip', { ...form, ...REASON }, cookie);
    const rest = formIn(await (await house.get(first.headers.get('location') ?? '', cookie)).text());
    expect(rest.page).toContain('Skipped 1,000 deliveries to inbox.');
    expect(rest.page).toContain('Skip 20 more?');
    expect(rest.page).toContain('value="not wanted there"');
    await house.post('/causes/skip', rest.form, cookie);
    expect(await flashOf(house, cookie)).toBe('Skipped 20 deliveries to inbox.');
    expect(await (await house.get(`/causes/skip?${new URLSearchParams(none)}`, cookie)).text()).toContain(
      'Nothing to do',
    );
  });
});

describe('pause, resume and test of a destination', () => {
  it('pauses with a reason and resumes', async () => {
    const { house, cookie } = await blockedHouse();
    expect(await (await house.get('/destinations/inbox/pause', cookie)).text()).toContain(
      '3 deliveries to it wait now',
    );
    expect((await house.post('/destinations/inbox/pause', { reason: '' }, cookie)).status).toBe(422);
    await house.post('/destinations/inbox/pause', { reason: 'maintenance' }, cookie);
    expect(await house.db.holds.of('inbox')).toMatchObject([
      { kind: 'operator', reason: 'maintenance', by: 'operate-token' },
    ]);
    const overview = await (await house.get('/', cookie)).text();
    expect(overview).toContain('paused by operate-token');
    expect(overview).toContain('3 deliveries, the oldest');
    await house.post('/destinations/inbox/resume', {}, cookie);
    expect(await house.db.holds.of('inbox')).toEqual([]);
  });

  it('says what a test found', async () => {
    const { house, cookie } = await blockedHouse();
    house.engine.testDestination = async () => [
      { name: 'BOM_UPLOAD', outcome: 'fail', detail: 'the team lacks it', remedy: 'grant it' },
    ];
    await house.post('/destinations/inbox/test', {}, cookie);
    expect(await flashOf(house, cookie)).toBe('inbox failed its test. BOM_UPLOAD: the team lacks it (grant it)');
    house.engine.testDestination = async () => undefined;
    await house.post('/destinations/inbox/test', {}, cookie);
    expect(await flashOf(house, cookie)).toBe('No worker answered for the test of inbox in time.');
  });

  it.each(['pause', 'resume', 'test'])('answers 404 to %s of a destination that is not there', async (what) => {
    const { house, cookie } = await blockedHouse(1);
    expect((await house.post(`/destinations/nowhere/${what}`, { reason: 'x' }, cookie)).status).toBe(404);
  });
});

describe('who may do what', () => {
  it('lets a read token see everything and do nothing', async () => {
    const { house, ids } = await blockedHouse();
    const cookie = await house.as('read');
    const overview = await (await house.get('/', cookie)).text();
    expect(overview).toContain('http.422');
    expect(overview).not.toMatch(/action="\/(causes|deliveries|destinations)|Skip…|Pause…/);
    for (const path of [
      `/deliveries/${ids[0]}/retry`,
      `/deliveries/${ids[0]}/skip`,
      '/causes/retry',
      '/causes/skip',
      '/destinations/inbox/pause',
      '/destinations/inbox/resume',
      '/destinations/inbox/test',
    ])
      expect([path, (await house.post(path, { reason: 'x' }, cookie)).status]).toEqual([path, 403]);
    expect(house.woken).toEqual([]);
    expect(await stateOf(house, ids[0] ?? '')).toBe('blocked');
  });

  it('keeps a scoped token to its pipelines, and away from destinations that all share', async () => {
    const { house, ids, inbox } = await blockedHouse();
    const foreign = await house.accept('t1000/build', 'f', [inbox]);
    const [mine = ''] = ids;
    const cookie = await house.as('operate', ['skynet/*']);
    expect((await house.get(`/deliveries/${foreign.deliveries[0]}`, cookie)).status).toBe(404);
    expect((await house.get(`/attestations/${foreign.id}`, cookie)).status).toBe(404);
    expect((await house.post(`/deliveries/${foreign.deliveries[0]}/skip`, { reason: 'x' }, cookie)).status).toBe(404);
    expect((await house.post('/destinations/inbox/pause', { reason: 'x' }, cookie)).status).toBe(403);
    for (const path of ['/', '/deliveries?state=all', '/attestations']) {
      const text = await (await house.get(path, cookie)).text();
      expect(text).toContain('skynet/release');
      expect(text).not.toContain('t1000');
    }
    house.pass(1000);
    await house.post('/causes/retry', { destination: 'inbox', code: 'none', scope: 'none' }, cookie);
    expect(house.woken).toEqual([]);
    await house.post(`/deliveries/${mine}/retry`, {}, cookie);
    expect(house.woken).toEqual([{ id: mine, what: 'retry' }]);
  });

  it('does nothing for whoever is not signed in', async () => {
    const { house, ids } = await blockedHouse(1);
    const answer = await house.post(`/deliveries/${ids[0]}/skip`, { reason: 'x' });
    expect([answer.status, await stateOf(house, ids[0] ?? '')]).toEqual([401, 'blocked']);
  });
});
