import { expect, it } from 'vitest';
import { attachmentSpec, delivered, destinationSpec, t, type World, who } from '../world.ts';

/** Tokens, pipelines, contracts, keys, destinations, attachments. */
export function describeResources(world: () => World): void {
  const actions = async (target: string) =>
    (await world().db.audit.list({ target }, { limit: 20 })).items.map(({ action }) => action);

  it('keeps tokens by hash, revokes them once, and notes their use at most once a minute', async () => {
    const { tokens, audit } = world().db;
    const token = {
      id: 'tok_9',
      hash: 'h9',
      name: 'ci',
      role: 'submit' as const,
      scope: ['acme/*'],
      expiresAt: t(500),
    };
    const record = await tokens.create({ ...token, ...who(1) });
    expect(record).toEqual({
      id: 'tok_9',
      name: 'ci',
      role: 'submit',
      scope: ['acme/*'],
      createdAt: t(1),
      expiresAt: t(500),
      lastUsedAt: null,
      revokedAt: null,
    });
    expect(await tokens.findByHash('h9')).toEqual(record);
    expect(await tokens.findByHash('h8')).toBeUndefined();
    await tokens.touch('tok_9', t(10));
    await tokens.touch('tok_9', t(69));
    expect((await tokens.findByHash('h9'))?.lastUsedAt).toBe(t(10));
    await tokens.touch('tok_9', t(70));
    expect((await tokens.findByHash('h9'))?.lastUsedAt).toBe(t(70));
    expect((await tokens.revoke('tok_9', who(80)))?.revokedAt).toBe(t(80));
    expect((await tokens.revoke('tok_9', who(90)))?.revokedAt).toBe(t(80));
    expect(await tokens.revoke('tok_0', who(90))).toBeUndefined();
    expect(await actions('tok_9')).toEqual(['token.revoke', 'token.create']);
    expect(JSON.stringify(await audit.list({ target: 'tok_9' }, { limit: 9 }))).not.toContain('h9');
    await tokens.create({ ...token, id: 'tok_8', hash: 'h8', ...who(1) });
    const first = await tokens.list({ limit: 1 });
    const second = await tokens.list({ limit: 1, cursor: first.next ?? '' });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['tok_9', 'tok_8']);
    expect(second.next).toBeNull();
  });

  it('binds pipelines to contracts that exist, and writes nothing when nothing changes', async () => {
    const { pipelines } = world().db;
    const spec = { contract: 'base', description: undefined };
    expect(await pipelines.put({ project: 'acme', name: 'x', spec: { contract: 'none' }, ...who(1) })).toBeUndefined();
    const created = await pipelines.put({ project: 'acme', name: 'x', spec, ...who(1) });
    expect(created).toMatchObject({ created: true, changed: true, record: { project: 'acme', name: 'x' } });
    const same = await pipelines.put({ project: 'acme', name: 'x', spec, ...who(2) });
    expect(same).toMatchObject({ created: false, changed: false, record: { updatedAt: t(1) } });
    const changed = await pipelines.put({
      project: 'acme',
      name: 'x',
      spec: { contract: 'base', description: 'd' },
      ...who(3),
    });
    expect(changed).toMatchObject({
      created: false,
      changed: true,
      record: { uid: created?.record.uid, updatedAt: t(3) },
    });
    expect(await actions('acme/x')).toEqual(['pipeline.put', 'pipeline.put']);
    expect((await pipelines.list({ project: 'acme' }, { limit: 5 })).items.map(({ name }) => name)).toEqual([
      'api',
      'x',
    ]);
    expect((await pipelines.list({ project: 'beta' }, { limit: 5 })).items).toEqual([]);
    await world().db.contracts.put({ name: 'strict', text: 'schemaVersion: v1\n', digest: 'd2', ...who(4) });
    await pipelines.put({ project: 'acme', name: 'y', spec: { contract: 'strict' }, ...who(4) });
    const bound = async (contract: string) =>
      (await pipelines.list({ contract }, { limit: 5 })).items.map(({ name }) => name);
    expect([await bound('strict'), await bound('base'), await bound('none')]).toEqual([['y'], ['api', 'x'], []]);
    expect(await pipelines.get('acme', 'none')).toBeUndefined();
  });

  it('keeps every revision of a contract', async () => {
    const { contracts } = world().db;
    const put = (text: string, digest: string) => contracts.put({ name: 'base', text, digest, ...who(1) });
    expect(await put('b', 'd2')).toMatchObject({ created: false, changed: true, record: { revision: 2 } });
    expect(await put('b', 'd2')).toMatchObject({ changed: false, record: { revision: 2 } });
    expect(await put('a', 'd1')).toMatchObject({ changed: true, record: { revision: 3 } });
    expect((await contracts.get('base'))?.revision).toBe(3);
    expect((await contracts.get('base', 2))?.text).toBe('b');
    expect(await contracts.get('base', 4)).toBeUndefined();
    await contracts.put({ name: 'other', text: 'o', digest: 'o', ...who(1) });
    const list = await contracts.list({ limit: 5 });
    expect(list.items.map(({ name, revision }) => [name, revision])).toEqual([
      ['base', 3],
      ['other', 1],
    ]);
    expect(list.items[0]).not.toHaveProperty('text');
    const newest = await contracts.revisions('base', { limit: 2 });
    expect(newest.items.map(({ revision }) => revision)).toEqual([3, 2]);
    expect((await contracts.revisions('base', { limit: 2, cursor: newest.next ?? '' })).items).toMatchObject([
      { revision: 1 },
    ]);
  });

  it('keeps trusted keys', async () => {
    const { trust } = world().db;
    const parsed = { algorithm: 'ed25519', pem: 'public', note: undefined };
    expect(await trust.putKey({ name: 'release', parsed, ...who(1) })).toMatchObject({ created: true });
    expect(await trust.putKey({ name: 'release', parsed, ...who(2) })).toMatchObject({ changed: false });
    expect(await trust.allKeys()).toMatchObject([{ name: 'release', parsed: { algorithm: 'ed25519' } }]);
    expect((await trust.listKeys({ limit: 1 })).next).toBeNull();
    expect(await trust.deleteKey('release', who(3))).toBe(true);
    expect(await trust.deleteKey('release', who(3))).toBe(false);
    expect(await trust.getKey('release')).toBeUndefined();
    expect(await actions('release')).toEqual(['trust.key.delete', 'trust.key.put']);
  });

  it('keeps trusted roots, by name, and what was trusted before in the audit', async () => {
    const { trust, audit } = world().db;
    const spec = (projects: string[]) => JSON.stringify({ kind: 'x509', certificates: 'public', projects });
    expect(await trust.putRoot({ name: 'acme-ca', spec: spec([]), ...who(1) })).toMatchObject({ created: true });
    expect(await trust.putRoot({ name: 'acme-ca', spec: spec([]), ...who(2) })).toMatchObject({
      changed: false,
      record: { updatedAt: t(1) },
    });
    expect(await trust.putRoot({ name: 'acme-ca', spec: spec(['acme']), ...who(3) })).toMatchObject({
      created: false,
      changed: true,
      record: { spec: spec(['acme']), createdAt: t(1), updatedAt: t(3) },
    });
    await trust.putRoot({ name: 'aaa', spec: 'no longer JSON', ...who(4) });
    expect((await trust.allRoots()).map(({ name }) => name)).toEqual(['aaa', 'acme-ca']);
    const first = await trust.listRoots({ limit: 1 });
    expect(first.items).toMatchObject([{ name: 'aaa' }]);
    expect(await trust.listRoots({ limit: 1, cursor: first.next ?? '' })).toMatchObject({
      items: [{ name: 'acme-ca' }],
      next: null,
    });
    expect(await trust.deleteRoot('aaa', who(5))).toBe(true);
    expect(await trust.deleteRoot('acme-ca', who(5))).toBe(true);
    expect(await trust.deleteRoot('acme-ca', who(5))).toBe(false);
    expect(await trust.getRoot('acme-ca')).toBeUndefined();
    const { items } = await audit.list({ target: 'acme-ca' }, { limit: 9 });
    expect(items).toMatchObject([
      { action: 'trust.root.delete', detail: { before: { projects: ['acme'] } } },
      { action: 'trust.root.put', detail: { root: { projects: ['acme'] }, before: { projects: [] } } },
      { action: 'trust.root.put', detail: { root: { kind: 'x509', projects: [] } } },
    ]);
  });

  it('keeps secrets that are not given again, and never writes one to the audit', async () => {
    const { destinations, audit } = world().db;
    const put = (secrets: Parameters<typeof destinations.put>[0]['secrets'], at: number, stuckAfter?: string) =>
      destinations.put({ name: 'dt', spec: destinationSpec(stuckAfter), secrets, ...who(at) });
    const sealed = { sealed: 'c2VjcmV0LWNhbmFyeQ', keyId: 'k1' };
    expect(await put({ token: sealed }, 1)).toMatchObject({ created: true, record: { generation: 1 } });
    expect(await put({}, 2)).toMatchObject({ changed: false, record: { generation: 1 } });
    expect(await put({}, 3, '1h')).toMatchObject({
      changed: true,
      record: { generation: 2, secrets: { token: sealed } },
    });
    expect(await put({ url: { ref: 'env:WAYBILL_SECRET_URL' } }, 4, '1h')).toMatchObject({
      record: { generation: 3, secrets: { token: sealed, url: { ref: 'env:WAYBILL_SECRET_URL' } } },
    });
    const log = await audit.list({ target: 'dt' }, { limit: 9 });
    expect(log.items.map(({ detail }) => detail.secrets)).toEqual([['url'], [], ['token']]);
    expect(JSON.stringify(log)).not.toContain(sealed.sealed);
  });

  it('deletes a destination only when nothing needs it, and its secrets with it', async () => {
    const { db, connect, deliver, attempt } = world();
    await connect('dt');
    const id = await deliver('one', 1);
    expect(await db.destinations.delete('dt', who(2))).toEqual({
      deleted: false,
      found: true,
      attachments: 1,
      openDeliveries: 1,
    });
    expect(await db.attachments.delete('to-dt', who(2))).toEqual({ deleted: false, found: true, openDeliveries: 1 });
    await attempt(id, delivered, 3);
    expect(await db.attachments.delete('to-dt', who(4))).toMatchObject({ deleted: true });
    expect(await db.attachments.delete('to-dt', who(4))).toMatchObject({ deleted: false, found: false });
    expect(await db.destinations.delete('dt', who(5))).toMatchObject({ deleted: true });
    expect(await db.destinations.delete('dt', who(5))).toMatchObject({ deleted: false, found: false });
    expect(await db.destinations.get('dt')).toBeUndefined();
    expect(await db.destinations.all()).toEqual([]);
    expect(await db.deliveries.load(id)).toMatchObject({
      destination: { name: 'dt', secrets: {} },
      attachment: { deletedAt: t(4) },
    });
  });

  it('makes a new one under the name of a deleted one', async () => {
    const { db, connect } = world();
    await connect('dt');
    const [before, attachment] = [await db.destinations.get('dt'), await db.attachments.get('to-dt')];
    await db.holds.pause('dt', 'maintenance', who(1));
    await db.attachments.delete('to-dt', who(2));
    await db.destinations.delete('dt', who(2));
    await connect('dt');
    const after = await db.destinations.get('dt');
    expect(after?.uid).not.toBe(before?.uid);
    expect(after?.generation).toBeGreaterThan(before?.generation ?? 0);
    expect((await db.attachments.get('to-dt'))?.uid).not.toBe(attachment?.uid);
    expect(await db.holds.of('dt')).toEqual([]);
  });

  it('attaches to destinations that exist', async () => {
    const { db, connect } = world();
    await connect('a');
    await connect('b');
    expect(await db.attachments.put({ name: 'x', spec: attachmentSpec('none'), ...who(1) })).toBeUndefined();
    expect(await db.attachments.put({ name: 'to-a', spec: attachmentSpec('a'), ...who(1) })).toMatchObject({
      changed: false,
    });
    expect(await db.attachments.put({ name: 'to-a', spec: attachmentSpec('b'), ...who(1) })).toMatchObject({
      changed: true,
      created: false,
    });
    expect((await db.attachments.list({ destination: 'b' }, { limit: 5 })).items.map(({ name }) => name)).toEqual([
      'to-a',
      'to-b',
    ]);
    expect(await db.attachments.all()).toMatchObject([{ name: 'to-a', integration: 'webhook' }, { name: 'to-b' }]);
  });
}
