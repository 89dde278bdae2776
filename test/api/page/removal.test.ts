import { describe, expect, it } from 'vitest';
import { createHouse, type House } from './house.ts';

async function openHouse(count = 3) {
  const house = createHouse();
  const inbox = await house.destination('inbox');
  const ids: string[] = [];
  for (let i = 0; i < count; i++)
    ids.push(...((await house.accept('skynet/release', `r${i}`, [inbox])).deliveries as string[]));
  house.pass(60_000);
  return { house, ids, cookie: await house.as('admin') };
}
const PATH = '/destinations/inbox/remove';
const fieldsOf = (html: string) =>
  Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
const form = async (house: House, cookie: string) => fieldsOf(await (await house.get(PATH, cookie)).text());
const flashOf = async (house: House, cookie: string) =>
  /role="status">([^<]*)</.exec(await (await house.get('/', cookie)).text())?.[1];

describe('removing a destination', () => {
  it('shows what it would strand, and ends no more than that, with the reason', async () => {
    const { house, ids, cookie } = await openHouse();
    const shown = await (await house.get(PATH, cookie)).text();
    expect(shown).toContain('<b>3 deliveries</b> to it will <b>never</b> arrive');
    expect(shown).toContain('Skip 3 and remove it');
    const answer = await house.post(PATH, { ...fieldsOf(shown), reason: 'replaced' }, cookie);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    expect(await flashOf(house, cookie)).toBe('inbox is removed, 3 deliveries skipped.');
    expect(await house.db.destinations.get('inbox')).toBeUndefined();
    for (const id of ids) {
      expect(await house.db.deliveries.get(id, house.at())).toMatchObject({
        state: 'skipped',
        skipped: { by: 'admin-token', reason: 'replaced' },
      });
    }
    expect((await house.get(PATH, cookie)).status).toBe(404);
  });

  it('asks again without a reason, and when there are more than were shown', async () => {
    const { house, cookie } = await openHouse(2);
    const fields = await form(house, cookie);
    expect((await house.post(PATH, fields, cookie)).status).toBe(422);
    const fewer = await house.post(PATH, { ...fields, expectAtMost: '1', reason: 'replaced' }, cookie);
    expect([fewer.status, (await fewer.text()).includes('There is more now')]).toEqual([422, true]);
    expect(await house.db.destinations.get('inbox')).toBeDefined();
  });

  it('does nothing twice when the same form is sent twice', async () => {
    const { house, cookie } = await openHouse(1);
    const fields = { ...(await form(house, cookie)), reason: 'replaced' };
    const both = await Promise.all([house.post(PATH, fields, cookie), house.post(PATH, fields, cookie)]);
    expect(both.map(({ status }) => status)).toEqual([303, 303]);
    const entries = (await house.db.audit.list({ action: 'destination.delete' }, { limit: 5 })).items;
    expect(entries).toHaveLength(1);
  });

  it('is for administrators without a scope, and offered to nobody else', async () => {
    const { house, cookie } = await openHouse(1);
    const operator = await house.as('operate');
    expect((await house.get(PATH, operator)).status).toBe(403);
    expect((await house.post(PATH, {}, operator)).status).toBe(403);
    expect((await house.get(PATH, await house.as('admin', ['skynet/*']))).status).toBe(403);
    await house.db.holds.pause('inbox', 'retired', { by: { id: 'x', name: 'x' }, at: house.at() });
    expect(await (await house.get('/', cookie)).text()).toContain(`href="${PATH}"`);
    expect(await (await house.get('/', operator)).text()).not.toContain(`href="${PATH}"`);
  });
});
