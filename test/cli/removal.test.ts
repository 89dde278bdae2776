import { describe, expect, it } from 'vitest';
import { worldWithDeliveries } from './deliveries-world.ts';

describe('destinations delete', () => {
  it('shows on a dry run what it would strand, and does nothing', async () => {
    const { run } = await worldWithDeliveries();
    const { exit, out, err } = await run(['destinations', 'delete', 'hook', '--dry-run']);
    expect([exit, err]).toEqual([0, 'Nothing was done.\n']);
    expect(out).toContain('attachments that go with it: skynet-hook\n3 deliveries open, the oldest for ');
    expect(out).toMatch(/\nSTATE +COUNT +EXAMPLE *\nqueued +3 +dlv_/);
    expect((await run(['destinations', 'list'])).out).toContain('hook');
  });

  it('asks for a reason, asks whether, and does nothing unless somebody agrees', async () => {
    const { run } = await worldWithDeliveries();
    const bare = await run(['destinations', 'delete', 'hook', '--yes']);
    expect(bare.exit).toBe(2);
    expect(bare.err).toContain('Expected --reason: 3 deliveries would never reach hook.');
    const nobody = await run(['destinations', 'delete', 'hook', '--reason', 'moved']);
    expect(nobody.exit).toBe(2);
    expect((await run(['deliveries', 'list', '--json'])).out).toContain('"state": "queued"');
  });

  it('ends what is open, detaches and removes, and says so once', async () => {
    const { run, ids } = await worldWithDeliveries();
    const removed = await run(['destinations', 'delete', 'hook', '--reason', 'moved', '--yes']);
    expect(removed.exit).toBe(0);
    expect(removed.out).toMatch(/^removed {2}hook, skipped 3 deliveries {2}\(act_\w+ in the audit\)\n$/);
    expect((await run(['get', 'delivery', ids[0] ?? '', '--json'])).out).toContain('"reason": "moved"');
    expect((await run(['attachments', 'list'])).err).toBe('None.\n');
    const again = await run(['destinations', 'delete', 'hook', '--reason', 'moved', '--yes']);
    expect(again.exit).toBe(1);
    expect(again.err).toContain('there is no destination "hook"');
  });
});

describe('attachments delete', () => {
  it('keeps what is open when told so', async () => {
    const { run } = await worldWithDeliveries();
    expect((await run(['attachments', 'list', '--destination', 'hook'])).out).toContain('skynet-hook');
    expect(await run(['attachments', 'delete', 'skynet-hook', '--keep-open', '--yes'])).toMatchObject({
      exit: 0,
      out: 'removed  skynet-hook\n',
    });
    expect((await run(['deliveries', 'list', '--json'])).out).toContain('"state": "queued"');
  });

  it('skips what is open with a reason, and prints JSON', async () => {
    const { run } = await worldWithDeliveries();
    const ran = await run(['attachments', 'delete', 'skynet-hook', '--reason', 'not wanted', '--yes', '--json']);
    expect(JSON.parse(ran.out)).toMatchObject({ name: 'skynet-hook', removed: true, dryRun: false, skipped: 3 });
  });
});
