import { describe, expect, it } from 'vitest';
import { worldWithDeliveries } from './deliveries-world.ts';
import { startStub } from './stub-server.ts';
import { run as runAlone } from './world.ts';

/** Three open deliveries to one webhook, and how many of them a list shows. */
async function aWorld() {
  const { run } = await worldWithDeliveries();
  const count = async (...filter: string[]): Promise<number> =>
    JSON.parse((await run(['deliveries', 'list', '--json', ...filter])).out).items.length;
  return { run, count };
}
const skipAll = ['deliveries', 'skip', '--destination', 'hook', '--reason', 'project retired'];

describe('retry and skip of all that options choose', () => {
  it('show what they would do on a dry run, and do nothing', async () => {
    const { run, count } = await aWorld();
    const dry = await run(['deliveries', 'skip', '--destination', 'hook', '--dry-run']);
    const [head, row] = dry.out.split('\n').map((line) => line.split(/ {2,}/));
    expect(head).toEqual(['DESTINATION', 'STATE', 'COUNT', 'WHAT HAPPENS', 'EXAMPLE']);
    expect(row).toEqual(['hook', 'queued', '3', 'ends now, for ever', expect.stringMatching(/^dlv_/)]);
    expect([dry.exit, dry.err]).toEqual([0, '3 deliveries would be skipped; nothing was done.\n']);
    const json = await run(['deliveries', 'retry', '--destination', 'hook', '--dry-run', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ dryRun: true, count: 3, effects: [{ effect: 'now', count: 3 }] });
    expect(await count()).toBe(3);
  });

  it('ask on a terminal, and do nothing unless somebody agrees', async () => {
    const { run, count } = await aWorld();
    const refused = await run(skipAll, { answer: '' });
    expect(refused.err).toContain('Skip 3 deliveries? [y/N] Nothing was done.');
    expect([refused.exit, await count()]).toEqual([1, 3]);
    const agreed = await run(skipAll, { answer: 'y' });
    expect([agreed.exit, await count()]).toEqual([0, 0]);
    expect(agreed.out).toMatch(/^skipped {2}3 deliveries {2}\(act_\w{32} in the audit\)\n$/);
    expect(await count('--state', 'skipped')).toBe(3);
  });

  it('need --yes where nobody can be asked', async () => {
    const { run, count } = await aWorld();
    const unasked = await run(skipAll);
    expect([unasked.exit, await count()]).toEqual([2, 3]);
    expect(unasked.err).toContain('--yes');
    const done = await run([...skipAll, '--yes', '--json']);
    expect(JSON.parse(done.out)).toMatchObject({ count: 3, remaining: 0, next: null });
    expect([done.exit, done.err, await count()]).toEqual([0, '', 0]);
  });

  it('do nothing twice, and say so', async () => {
    const { run } = await aWorld();
    const retry = ['deliveries', 'retry', '--all-matching', '--yes'];
    expect((await run(retry)).out).toContain('retried  3 deliveries');
    const again = await run(retry);
    expect([again.exit, again.out]).toEqual([0, 'retried  0 deliveries\n']);
    expect(again.err).toContain('nothing: a retry was asked for already');
  });

  it('choose by cause, pipeline, state, age and whether they are stuck or held', async () => {
    const { run } = await aWorld();
    const chosen = async (...options: string[]) =>
      JSON.parse((await run(['deliveries', 'retry', '--dry-run', '--json', ...options])).out).count;
    expect(await chosen('--code', 'none', '--scope', 'none')).toBe(3);
    expect(await chosen('--code', 'http.500')).toBe(0);
    expect(await chosen('--pipeline', 'skynet/release', '--state', 'queued,waiting')).toBe(3);
    expect(await chosen('--stuck')).toBe(0);
    expect(await chosen('--held')).toBe(0);
    expect(await chosen('--older-than', '2h')).toBe(0);
    expect(await chosen('--older-than', '2h', '--all-matching')).toBe(0);
  });

  it('are called wrongly with no choice, with two, without a reason to skip, or with an unknown age', async () => {
    const { run } = await aWorld();
    for (const wrong of [
      ['deliveries', 'retry'],
      ['deliveries', 'retry', 'dlv_1', '--stuck'],
      ['deliveries', 'skip', '--stuck', '--yes'],
      ['deliveries', 'skip', 'dlv_1'],
    ])
      expect([wrong, (await run(wrong)).exit]).toEqual([wrong, 2]);
    expect(await run(['deliveries', 'retry', '--older-than', 'soon', '--yes'])).toMatchObject({
      exit: 1,
      err: expect.stringContaining('expected a duration'),
    });
  });
});

describe('an action that takes several calls', () => {
  const part = { action: 'retry', dryRun: false, seenAt: '2026-03-01T00:00:00.000Z', mayRepeat: [], unknown: [] };
  const effect = (count: number) => [{ destination: 'chat', state: 'blocked', effect: 'now', count, example: 'dlv_1' }];
  const retry = (url: string) => runAlone(['deliveries', 'retry', '--code', 'x', '--yes', '--url', url]);
  const dry = { ...part, id: null, count: 1200, effects: effect(1200), remaining: 0, next: null };
  const first = { ...part, id: 'act_1', count: 1000, effects: effect(1000), remaining: 200, next: 'c1' };
  const last = { ...part, id: 'act_1', count: 200, effects: effect(200), remaining: 0, next: null };

  it('goes on to the end, with what it was shown and from where it stopped, and says how far it is', async () => {
    const mayRepeat = [{ destination: 'chat', integration: 'slack', count: 1100 }];
    const bodies = [{ ...dry, mayRepeat }, first, last];
    const { url, seen: requests } = await startStub(() => ({ status: 200, body: bodies.shift() ?? {} }));
    const ran = await retry(url);
    expect(ran).toMatchObject({ exit: 0, out: 'retried  1200 deliveries  (act_1 in the audit)\n' });
    expect(ran.err).toContain('up to 1100 messages may be posted to chat again; slack cannot recognise duplicates');
    expect(ran.err).toContain('1000 done, 200 left\n');
    const seen = { action: 'retry', filter: { code: 'x' }, expectAtMost: 1200, seenAt: part.seenAt };
    expect(requests.slice(1).map(({ body }) => JSON.parse(body))).toEqual([seen, { ...seen, cursor: 'c1' }]);
  });

  it('says how far it came when the server goes away', async () => {
    const answers = [dry, first].map((body) => ({ status: 200, body: body as object }));
    const away = { status: 503, body: { code: 'database.busy', detail: 'try again', status: 503 } };
    const { url } = await startStub(() => answers.shift() ?? away);
    const ran = await retry(url);
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain('1000 were done before this; the same command goes on with the rest.');
  });
});
