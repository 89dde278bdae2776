import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyStatements } from '../../attestation/verify/verify.ts';
import { makeEnvelope, receive } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';
import { worldWithDeliveries } from './deliveries-world.ts';
import { startStub } from './stub-server.ts';
import { run, startWorld } from './world.ts';

describe('deliveries', () => {
  it('lists open ones as a table with what an operator needs', async () => {
    const { run, ids } = await worldWithDeliveries();
    const { out } = await run(['deliveries', 'list', '--destination', 'hook', '--pipeline', 'skynet/release']);
    const [head, ...rows] = out.trimEnd().split('\n');
    expect(head?.split(/ {2,}/)).toEqual([
      'ID',
      'DESTINATION',
      'PIPELINE',
      'MATERIAL',
      'STATE',
      'AGE',
      'TRIES',
      'NEXT TRY',
      'CAUSE',
    ]);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toContain(`${ids[0]}  hook         skynet/release  -         queued`);
  });

  it('pages, and says how to go on', async () => {
    const { run, ids } = await worldWithDeliveries();
    const first = await run(['deliveries', 'list', '--limit', '2', '--json']);
    const { items, next } = JSON.parse(first.out);
    expect(items).toHaveLength(2);
    const cursor = new URL(next, 'http://localhost').searchParams.get('cursor') ?? '';
    expect((await run(['deliveries', 'list', '--limit', '2'])).err).toMatch(/--cursor \S+, or --all\.\n$/);
    const rest = JSON.parse((await run(['deliveries', 'list', '--limit', '2', '--cursor', cursor, '--json'])).out);
    expect([...items, ...rest.items].map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(JSON.parse((await run(['deliveries', 'list', '--all', '--json'])).out)).toMatchObject({
      items: { length: 3 },
      next: null,
    });
  });

  it('retries by id, and shows that it was asked for', async () => {
    const { run, ids } = await worldWithDeliveries();
    const ran = await run(['deliveries', 'retry', ids[0] ?? '', '--reason', 'receiver is back']);
    expect(ran).toMatchObject({ exit: 0, out: `retried   ${ids[0]}\n` });
    expect((await run(['deliveries', 'show', ids[0] ?? ''])).out).toContain('command');
    expect((await run(['get', 'audit', '--json'])).out).toContain('receiver is back');
  });

  it('says that a delivery whose destination is held waits for it, though a retry was asked for', async () => {
    const { run, ids } = await worldWithDeliveries();
    await run(['destinations', 'pause', 'hook', '--reason', 'upgrade']);
    const ran = await run(['deliveries', 'retry', ids[0] ?? '']);
    expect(ran).toMatchObject({ exit: 0, out: `retried   ${ids[0]}\n` });
    expect(ran.err).toContain('hook is held: it is tried once the destination delivers again.');
  });

  it('ends with 1 when one of several could not be acted on, and goes on with the others', async () => {
    const { run, ids } = await worldWithDeliveries();
    const [first = '', second = ''] = ids;
    await run(['deliveries', 'skip', first, '--reason', 'x']);
    const ran = await run(['deliveries', 'retry', first, second]);
    expect(ran.exit).toBe(1);
    expect(ran.out).toContain(`retried   ${second}`);
    expect(ran.err).toContain('1 of 2 deliveries were not retried.');
  });

  it('shows causes and attempts', async () => {
    const { run, ids } = await worldWithDeliveries();
    expect((await run(['deliveries', 'causes'])).out).toMatch(
      /^DESTINATION .*\nhook [\s\S]*\n\nhook\n {2}wait +It waits/,
    );
    await run(['destinations', 'pause', 'hook', '--reason', 'upgrade']);
    expect((await run(['deliveries', 'causes'])).out).toContain('waybill destinations resume hook');
    expect(await run(['deliveries', 'attempts', ids[0] ?? ''])).toMatchObject({ exit: 0, err: 'None.\n' });
  });
});

describe('destinations', () => {
  it('pauses with a reason, shows it, and resumes', async () => {
    const { run } = await worldWithDeliveries();
    expect(await run(['destinations', 'pause', 'hook', '--reason', 'upgrade'])).toMatchObject({
      exit: 0,
      out: 'paused  hook\n',
    });
    const { out } = await run(['destinations', 'list']);
    expect(out).toContain('paused: upgrade');
    expect((await run(['deliveries', 'list', '--held', '--json'])).out).toContain('"held": true');
    expect(await run(['destinations', 'resume', 'hook'])).toMatchObject({ exit: 0 });
    expect((await run(['destinations', 'list'])).out).not.toContain('upgrade');
  });

  it('tests: a failed check ends with 1 and says how to mend it', async () => {
    const { run } = await worldWithDeliveries();
    const ran = await run(['destinations', 'test', 'hook']);
    expect(ran.exit).toBe(1);
    expect(ran.out).toContain('fail     credentials: the receiver answered 401\n         Renew the key.\n');
  });
});

describe('token', () => {
  it('prints a new token alone, which works within its role until it is revoked', async () => {
    const world = await startWorld();
    const created = await world.run([
      'token',
      'create',
      '--name',
      'dashboard',
      '--role',
      'read',
      '--scope',
      'skynet/*',
      '--expires',
      '30d',
    ]);
    expect(created.out).toMatch(/^wbt_\S+\n$/);
    const env = { WAYBILL_TOKEN: created.out.trim() };
    expect((await world.run(['get', 'attestations'], { env })).exit).toBe(0);
    expect((await world.run(['token', 'list'], { env })).exit).toBe(1);
    const listed = await world.run(['token', 'list', '--json']);
    const { id } = JSON.parse(listed.out).items.find(({ name }: { name: string }) => name === 'dashboard');
    expect(listed.out).not.toContain(env.WAYBILL_TOKEN);
    expect(await world.run(['token', 'revoke', id])).toMatchObject({ exit: 0 });
    expect((await world.run(['get', 'attestations'], { env })).err).toContain('token.revoked');
  });
});

describe('get', () => {
  it.each([
    'pipelines',
    'contracts',
    'keys',
    'destinations',
    'attachments',
    'attestations',
    'deliveries',
    'audit',
    'tokens',
    'integrations',
  ])('shows %s, as a table and as JSON', async (kind) => {
    const { run } = await worldWithDeliveries();
    const table = await run(['get', kind]);
    expect(table.exit).toBe(0);
    expect(table.out + table.err).not.toContain('undefined');
    expect(JSON.parse((await run(['get', kind, '--json'])).out)).toHaveProperty('items');
  });

  it('shows one of a kind by its name', async () => {
    const { run } = await worldWithDeliveries();
    for (const args of [
      ['pipeline', 'skynet/release'],
      ['contract', 'all'],
      ['destination', 'hook'],
      ['attachment', 'skynet-hook'],
    ]) {
      expect(await run(['get', ...args])).toMatchObject({ exit: 0, err: '' });
    }
    expect((await run(['get', 'contract', 'nothing'])).exit).toBe(1);
  });

  it('shows an attestation with its checks and where it went', async () => {
    const world = await worldWithDeliveries();
    world.judge.checks = [{ code: 'signature.valid', outcome: 'passed', message: 'Signed by the registered key.' }];
    const key = makeKey('ed25519', { name: 'release' });
    const envelope = makeEnvelope([key, makeKey('ed25519', { name: 'other' })]);
    const rules = { at: new Date('2026-03-01T12:00:00Z'), project: 'skynet', pipeline: 'release', threshold: 1 };
    const trust = { keys: [key.trusted], profiles: [] };
    world.judge.verification = verifyStatements(receive(envelope), trust, rules).statements;
    writeFileSync(join(world.folder, 'att.json'), JSON.stringify(envelope));
    const { id } = JSON.parse((await world.run(['submit', 'att.json', '--pipeline', 'skynet/release', '--json'])).out);
    const { out } = await world.run(['get', 'attestation', id]);
    expect(out).toMatch(/^accepted\n/);
    expect(out).toContain('✓ signature.valid: Signed by the registered key.');
    expect(out).toContain('✓ verified: key release (ed25519)\n');
    expect(out).toMatch(/time +received 2026-03-01T12:00:00Z; nothing proves when it was signed/);
    expect(out).toContain('✗ refused: nobody who is known for certain\n');
    expect(out).toContain(
      'failed       signature: No key that is registered for skynet/release made this signature.\n',
    );
    expect(out).toMatch(/ID +DESTINATION +MATERIAL +STATE\ndlv_\w+ +hook +- +queued/);
  });

  it('shows the text of a contract as it was put', async () => {
    const { run, folder } = await worldWithDeliveries();
    writeFileSync(join(folder, 'commented.yaml'), '# why\nschemaVersion: v1\n');
    await run(['apply', '-f', 'commented.yaml']);
    expect((await run(['get', 'contract', 'commented'])).out).toContain('\n\n# why\nschemaVersion: v1\n');
  });

  it('filters attestations', async () => {
    const { run } = await worldWithDeliveries();
    const { out } = await run([
      'get',
      'attestations',
      '--pipeline',
      'skynet/release',
      '--verdict',
      'accepted',
      '--json',
    ]);
    expect(JSON.parse(out).items).toHaveLength(3);
    expect((await run(['get', 'attestations', '--verdict', 'rejected'])).err).toBe('None.\n');
    expect((await run(['get', 'attestations', '--since', 'yesterday'])).exit).toBe(1);
  });

  it('colours states where people read and want it, and cuts lines to the width', async () => {
    const item = {
      id: 'dlv_1',
      destination: 'd',
      project: 'p',
      pipeline: 'q',
      state: 'blocked',
      stuck: true,
      cause: { code: 'x', message: 'y'.repeat(300) },
    };
    const { url } = await startStub(() => ({ status: 200, body: { items: [item], next: null } }));
    const list = (env: Record<string, string>, isTerminal: boolean) =>
      run(['deliveries', 'list', '--url', url], { env, isTerminal, columns: 100 });
    expect((await list({}, true)).out).toContain('\u001b[31mblocked, stuck');
    expect((await list({ NO_COLOR: '1' }, true)).out).not.toContain('\u001b[');
    expect((await list({}, false)).out).not.toContain('\u001b[');
    expect((await list({}, false)).out).toContain('y'.repeat(300));
    const lines = (await list({ NO_COLOR: '1' }, true)).out.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
