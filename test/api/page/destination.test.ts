import { describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../db/verbs.ts';
import { createHouse } from './house.ts';

async function openHouse() {
  const house = createHouse();
  const inbox = await house.destination('inbox');
  await house.accept('skynet/release', 'r1', [inbox]);
  const text = async (path: string, cookie: string) => (await house.get(path, cookie)).text();
  return { house, text };
}

describe('the page of a destination', () => {
  it('shows how it stands, its limits, what is attached and what can be done', async () => {
    const { house, text } = await openHouse();
    const shown = await text('/destinations/inbox', await house.as('admin'));
    expect(shown).toContain('<h1>inbox</h1>');
    expect(shown).toContain('1 delivery to it is open.');
    expect(shown).toContain('to-inbox');
    expect(shown).toContain('at once, no limit of the rate');
    for (const action of ['/destinations/inbox/test', '/destinations/inbox/pause', '/destinations/inbox/remove'])
      expect(shown).toContain(`"${action}"`);
    expect(shown).toContain('href="/replays/new?destination=inbox"');
  });

  it('says what holds it in the line of the overview, which leads there', async () => {
    const { house, text } = await openHouse();
    await house.db.holds.pause('inbox', 'night', { by: SYSTEM, at: house.at() });
    const cookie = await house.as('admin');
    expect(await text('/', cookie)).toContain('href="/destinations/inbox"');
    const shown = await text('/destinations/inbox', cookie);
    expect(shown).toContain('paused by');
    expect(shown).toContain('"/destinations/inbox/resume"');
  });

  it('offers no action to who may only read, shows a scope only what is its own, and answers 404 for none', async () => {
    const { house, text } = await openHouse();
    const cookie = await house.as('read', ['other/*']);
    const shown = await text('/destinations/inbox', cookie);
    expect(shown).toContain('Nothing waits for it.');
    expect(shown).not.toContain('/destinations/inbox/');
    expect(shown).not.toContain('/replays/new');
    expect((await house.get('/destinations/nowhere', cookie)).status).toBe(404);
  });
});
