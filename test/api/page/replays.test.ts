import { describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../db/verbs.ts';
import { attempt, queueAll, take } from '../replay-house.ts';
import { createHouse, type House } from './house.ts';

/** Three accepted attestations, and a destination that was attached to them afterwards. */
async function replayHouse(role: 'operate' | 'read' = 'operate', scope: string[] = []) {
  const house = createHouse();
  const attestations: string[] = [];
  for (const seed of ['a', 'b', 'c']) {
    attestations.push((await house.accept('skynet/release', seed, [])).id);
    house.pass(60_000);
  }
  await house.destination('lake');
  const cookie = await house.as(role, scope);
  const text = async (path: string) => (await house.get(path, cookie)).text();
  return { house, attestations, cookie, text };
}
const formIn = (page: string) => {
  const fields = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, value.replaceAll('&quot;', '"')]));
};
const LOOK = '/replays/new?show=yes&destination=lake';
const only = async (house: House) => {
  const { items } = await house.db.replays.list({}, { limit: 9 });
  if (!items[0]) throw new Error('expected a replay');
  return items[0];
};
const flashIn = (page: string) => /role="status">([^<]*)</.exec(page)?.[1];

/** One that runs. */
async function running(...asked: Parameters<typeof replayHouse>) {
  const world = await replayHouse(...asked);
  const { house } = world;
  const spec = { destination: 'lake', mode: 'missing' as const, includeSkipped: false };
  const id = 'rpl_1';
  await house.db.replays.create({ id, spec, throughSeq: 3, total: 3, reason: null, by: SYSTEM, at: house.at() });
  return { ...world, id };
}

describe('a new replay', () => {
  it('asks for what, shows what it would do, and starts just that', async () => {
    const { house, cookie, text } = await replayHouse();
    expect(await text('/deliveries?destination=lake')).toContain('href="/replays?destination=lake"');
    expect(await text('/replays?destination=lake')).toContain('href="/replays/new?destination=lake"');
    const form = await text('/replays/new?destination=lake');
    expect(form).toContain('<option value="lake" selected>');
    const sheet = await text(`${LOOK}&mode=missing&pipelines=skynet/*&types=&since=30d&until=`);
    expect(sheet).toContain('Replay 3 deliveries to lake?');
    expect(sheet).toContain('Is sent: it was never owed before.');
    expect(sheet).toContain('What never arrived, of skynet/*, received since 2026-01-30');
    expect(await house.db.replays.list({}, { limit: 1 })).toMatchObject({ items: [] });
    const answer = await house.post('/replays', { ...formIn(sheet), reason: 'attached today' }, cookie);
    const replay = await only(house);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/replays/${replay.id}`]);
    expect(replay).toMatchObject({ total: 3, reason: 'attached today', createdBy: { name: 'operate-token' } });
    expect(house.replays).toEqual([replay.id]);
    expect(flashIn(await text(`/replays/${replay.id}`))).toBe('The replay of 3 deliveries to lake has begun.');
  });

  it('is started once, however often its form is sent', async () => {
    const { house, cookie, text } = await replayHouse();
    const form = formIn(await text(LOOK));
    const answers = await Promise.all([house.post('/replays', form, cookie), house.post('/replays', form, cookie)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect(house.replays).toHaveLength(1);
    const other = await house.post('/replays', { ...form, key: 'another' }, cookie);
    expect([other.status, await other.text()]).toEqual([422, expect.stringContaining('does the same')]);
    expect(house.replays).toHaveLength(1);
  });

  it('does nothing when there are more by now than were shown', async () => {
    const { house, cookie, text } = await replayHouse();
    const form = formIn(await text(LOOK));
    const answer = await house.post('/replays', { ...form, expectAtMost: '2' }, cookie);
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining('nothing was done')]);
    expect(house.replays).toEqual([]);
  });

  it('says what is posted once more, what holds the destination, and that nothing is to do', async () => {
    const { house, attestations, text } = await running();
    const [first = ''] = await queueAll(house, 'rpl_1', attestations);
    await attempt(house, first, 'delivered');
    await house.db.holds.pause('lake', 'maintenance', { by: { id: 't', name: 'olga' }, at: house.at() });
    const again = await text(`${LOOK}&mode=again`);
    expect(again).toMatch(/Up to 1 message may be posted once more:<\/b>\s*webhook recognises duplicates by their key/);
    expect(again).toContain('lake is paused by olga: maintenance');
    const missing = await text(LOOK);
    expect(missing).toContain('Is left alone: it has arrived.');
    expect(missing).toContain('There is nothing to do.');
  });

  it.each([
    ['since=soon', 'since'],
    ['pipelines=skynet', 'pipelines'],
    ['pipelines=skynet/relaese', 'There is no pipeline'],
    ['types=SBOM', 'not a type of material'],
  ])('asks again when the form cannot be meant: %s', async (query, words) => {
    const { text } = await replayHouse();
    expect(await text(`${LOOK}&${query}`)).toMatch(new RegExp(`role="alert">[^<]*${words}`));
  });

  it('is for operators only, and within their scope', async () => {
    const reader = await replayHouse('read');
    expect(await reader.text('/replays')).not.toContain('/replays/new');
    expect((await reader.house.get('/replays/new', reader.cookie)).status).toBe(403);
    expect((await reader.house.post('/replays', {}, reader.cookie)).status).toBe(403);
    const { text } = await replayHouse('operate', ['skynet/*']);
    expect(await text(LOOK)).toContain('Expected pipelines within the scope of the token');
    expect(await text(`${LOOK}&pipelines=skynet/rel*`)).toContain('Replay 3 deliveries to lake?');
  });
});

describe('the page of a replay', () => {
  it('shows how far it is and why some of it is open, refreshes itself, and leads to its deliveries', async () => {
    const { house, attestations, cookie, text, id } = await running();
    const [first = '', second = ''] = await queueAll(house, id, attestations);
    house.pass(10_000);
    await attempt(house, first, 'delivered');
    await attempt(house, second, 'blocked');
    const answer = await house.get(`/replays/${id}`, cookie);
    expect(answer.headers.get('refresh')).toBe('5');
    const page = await answer.text();
    expect(page).toContain('<progress max="3" value="1" aria-label="33 %: 1 of 3">');
    expect(page).toContain('href="/deliveries?replay=rpl_1&amp;state=blocked"><b>1</b> blocked');
    expect(page).toContain('href="/deliveries?replay=rpl_1&amp;code=http.422"');
    expect(page).toContain('no such project');
    expect((await house.get(`/replays/${id}?refresh=off`, cookie)).headers.get('refresh')).toBeNull();
    const list = await text(`/deliveries?replay=${id}&state=blocked`);
    expect(list).toContain(second);
    expect(list).not.toContain(first);
    expect(list).toContain(`name="replay" value="${id}"`);
    expect(await text(`/deliveries/${second}`)).toContain(`href="/replays/${id}"`);
    expect(await text('/replays')).toContain('33 %: 1 of 3');
  });

  it('stands in one line of the overview until it ends', async () => {
    const { house, attestations, text, id } = await running();
    for (const delivery of await queueAll(house, id, attestations)) await attempt(house, delivery, 'delivered');
    expect(await text('/')).toContain(`<a href="/replays/${id}">lake 100 %</a>`);
    await house.db.replays.steer(id, 'paused', { by: { id: 't', name: 'olga' }, at: house.at(), reason: 'night' });
    expect(await text('/')).toContain('(paused by olga: night)');
    await house.db.replays.steer(id, 'running', { by: SYSTEM, at: house.at(), reason: null });
    await take(house, id);
    expect(await text('/')).not.toContain('Replays:</b>');
    expect(await text(`/replays/${id}`)).not.toContain('Pause…');
  });

  it('pauses, resumes and cancels, each once', async () => {
    const { house, attestations, cookie, text, id } = await running();
    await queueAll(house, id, attestations);
    expect(await text(`/replays/${id}/pause`)).toContain('Pause the replay to lake?');
    const post = async (what: string, form: Record<string, string> = {}) => {
      const answer = await house.post(`/replays/${id}/${what}`, form, cookie);
      expect([answer.status, answer.headers.get('location')]).toEqual([303, `/replays/${id}`]);
      return flashIn(await text(`/replays/${id}`));
    };
    expect(await post('pause')).toBe('The replay is paused.');
    expect(await post('pause')).toBe('It was paused already.');
    expect(await post('resume')).toBe('The replay is running.');
    expect(await text(`/replays/${id}/cancel`)).toMatch(/3 open deliveries of it end <b>skipped<\/b>/);
    expect((await house.post(`/replays/${id}/cancel`, {}, cookie)).status).toBe(422);
    expect(await post('cancel', { reason: 'wrong one' })).toBe('The replay is cancelled.');
    expect(await post('resume')).toMatch(/^Expected a replay that runs or is paused, found rpl_1 cancelled/);
    expect((await only(house)).deliveries).toEqual({ skipped: 3 });
  });

  it('is not there for whoever does not see all of it, and to be looked at only for a reader', async () => {
    const reader = await running('read');
    expect(await reader.text(`/replays/${reader.id}`)).not.toContain('Pause…');
    expect((await reader.house.post(`/replays/${reader.id}/pause`, {}, reader.cookie)).status).toBe(403);
    const scoped = await running('operate', ['skynet/*']);
    for (const path of [`/replays/${scoped.id}`, `/replays/${scoped.id}/cancel`])
      expect((await scoped.house.get(path, scoped.cookie)).status).toBe(404);
    expect(await scoped.text('/replays')).toContain('None.');
    expect(await scoped.text('/')).not.toContain('Replays:</b>');
  });
});
