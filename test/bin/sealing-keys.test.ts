import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reseal } from '../../activities/reseal.ts';
import { createOpenSecrets } from '../../activities/secrets.ts';
import { sealSecret } from '../../attestation/delivery/seal.ts';
import { openSealingKeys, refuseMissingKeys } from '../../bin/sealing-keys.ts';
import type { Database } from '../../db/database.ts';
import type { StoredSecret } from '../../db/destinations.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';

const AT = '2026-03-01T03:00:00.000Z';
const BY = { id: 'tok_1', name: 'olga' };

let dir: string;
let file: string;
let db: Database;
let warnings: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-sealing-'));
  file = join(dir, 'sealing.key');
  db = openSqliteDatabase({ path: ':memory:' });
  warnings = [];
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

const open = () => openSealingKeys(file, (why) => warnings.push(why));
const aKey = () => randomBytes(32).toString('base64');
const putFirst = (line: string) => writeFileSync(file, `${line}\n${readFileSync(file, 'utf8')}`);
const log = { info: () => {}, warn: () => {}, error: () => {} };

/** A destination as the API writes it: one value sealed with the present key, one reference. */
async function put(name: string, value: string) {
  const { id, key } = open().current();
  const secrets: Record<string, StoredSecret> = {
    signingSecret: sealSecret(key, id, value),
    url: { ref: 'env:WAYBILL_SECRET_URL' },
  };
  const spec = { integration: 'webhook', config: {}, allow: [], limits: {}, stuckAfter: '15m' };
  await db.destinations.put({ name, spec, secrets, by: BY, at: AT });
}
const secretOf = async (name: string, keys = open()) => {
  const destination = await db.destinations.get(name);
  if (!destination) throw new Error(`expected destination ${name}`);
  const env = { WAYBILL_SECRET_URL: 'https://hooks.example.com/x' };
  return (await createOpenSecrets({ env, secretsDir: undefined, sealingKey: keys.find })(destination)).signingSecret;
};

describe('the sealing keys', () => {
  it('are one at the first start, made in a file that only its owner reads', () => {
    const { id } = open().current();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(open().current().id).toBe(id);
  });

  it('are followed: a process that runs seals with the new first line, and opens with every other', () => {
    const keys = open();
    const before = keys.current();
    putFirst(aKey());
    const after = keys.current();
    expect(after.id).not.toBe(before.id);
    expect(keys.find(before.id)).toEqual(before.key);
    expect(open().current().id).toBe(after.id);
  });

  it('open what another process has sealed with a key that came meanwhile', async () => {
    const worker = open();
    putFirst(aKey());
    await put('inbox', 'sealed with the new one');
    expect(await secretOf('inbox', worker)).toBe('sealed with the new one');
  });

  it.each([
    ['too short a key', () => `${randomBytes(16).toString('base64')}\n`],
    ['nothing', () => '\n'],
  ])('stay as they were while the file holds %s, and a start refuses it', (_, text) => {
    const keys = open();
    const { id } = keys.current();
    writeFileSync(file, text());
    expect(keys.current().id).toBe(id);
    expect(warnings).toEqual([expect.stringContaining(file)]);
    expect(open).toThrow(/32 bytes in base64/);
  });

  it('stay as they were while the file is away', () => {
    const keys = open();
    const { id } = keys.current();
    rmSync(file);
    expect(keys.current().id).toBe(id);
    expect(warnings).toHaveLength(1);
  });
});

describe('sealing anew', () => {
  const resealAll = () => reseal({ db, keys: open(), clock: () => new Date(AT), log });

  it('puts every sealed value under the present key, so that the old one can go', async () => {
    await put('inbox', 'first');
    const before = await db.destinations.get('inbox');
    const old = open().current();
    putFirst(aKey());
    await resealAll();
    const after = await db.destinations.get('inbox');
    expect(after?.secrets).toMatchObject({ signingSecret: { keyId: open().current().id }, url: before?.secrets.url });
    expect({ ...after, secrets: {} }).toEqual({ ...before, secrets: {} });

    writeFileSync(file, `${readFileSync(file, 'utf8').split('\n')[0]}\n`);
    await refuseMissingKeys(db, open());
    expect(await secretOf('inbox')).toBe('first');
    const { items } = await db.audit.list({ action: 'destination.reseal' }, { limit: 10 });
    expect(items).toMatchObject([{ target: 'inbox', detail: { secret: 'signingSecret', from: old.id } }]);
  });

  it('writes nothing a second time', async () => {
    await put('inbox', 'first');
    putFirst(aKey());
    await Promise.all([resealAll(), resealAll()]);
    await resealAll();
    expect((await db.audit.list({ action: 'destination.reseal' }, { limit: 10 })).items).toHaveLength(1);
  });

  it('leaves a secret alone that was replaced meanwhile', async () => {
    await put('inbox', 'first');
    const from = (await db.destinations.get('inbox'))?.secrets.signingSecret;
    if (!from) throw new Error('expected a secret');
    await put('inbox', 'second');
    expect(await db.destinations.reseal('inbox', 'signingSecret', { from, to: from, at: AT })).toBe(false);
    expect(await secretOf('inbox')).toBe('second');
  });

  it('leaves alone what no key opens, and a start says which key is missing', async () => {
    await put('inbox', 'first');
    const { id } = open().current();
    writeFileSync(file, `${aKey()}\n`);
    await resealAll();
    await expect(refuseMissingKeys(db, open())).rejects.toThrow(id);
  });
});
