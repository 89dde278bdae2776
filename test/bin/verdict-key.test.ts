import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTrustedKey } from '../../attestation/verify/keys.ts';
import { parseSubmission } from '../../attestation/verify/parse.ts';
import { verifyStatements } from '../../attestation/verify/verify.ts';
import { useVerdictKey } from '../../bin/first-start.ts';
import type { Database } from '../../db/database.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';

const AT = '2026-03-01T03:00:00.000Z';
const LATER = '2026-03-02T03:00:00.000Z';
const STATEMENT = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'https://slsa.dev/verification_summary/v1',
  predicate: {},
};

let dir: string;
let db: Database;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-verdict-'));
  db = openSqliteDatabase({ path: ':memory:' });
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

/** What somebody finds who has nothing but the envelope and the published keys. */
async function verify(envelope: string) {
  const { items } = await db.verdictKeys.list({ limit: 10 });
  const keys = items.map(({ id, publicKey, algorithm }) => {
    const read = parseTrustedKey(id, { publicKey, algorithm });
    if (!read.ok) throw new Error(read.message);
    return read.key;
  });
  const parsed = parseSubmission([Buffer.from(envelope)], { maxBytes: 100_000 });
  if (!parsed.ok) throw new Error(parsed.message);
  const rules = { at: new Date(LATER), project: 'any', pipeline: 'any', threshold: 1 };
  return verifyStatements(parsed.statements, { keys, profiles: [] }, rules).statements[0];
}

describe('the key that verdicts are signed with', () => {
  it('is made once, for the owner alone, and published', async () => {
    const file = join(dir, 'verdict.key');
    const sign = await useVerdictKey(db, file, AT);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    await useVerdictKey(db, file, LATER);
    expect(readFileSync(file, 'utf8')).toBe(text);
    const { items } = await db.verdictKeys.list({ limit: 10 });
    expect(items).toMatchObject([{ createdAt: AT, retiredAt: null }]);
    expect(JSON.stringify(items)).not.toContain('PRIVATE');
    expect(await verify(sign(STATEMENT))).toMatchObject({ result: 'verified', signers: [{ name: items[0]?.id }] });
    expect((await db.audit.list({ action: 'verdict-key.use' }, { limit: 10 })).items).toHaveLength(1);
  });

  it('can be replaced, and what the old one signed still verifies', async () => {
    const file = join(dir, 'verdict.key');
    const before = (await useVerdictKey(db, file, AT))(STATEMENT);
    renameSync(file, join(dir, 'old.key'));
    const after = (await useVerdictKey(db, file, LATER))(STATEMENT);
    const { items } = await db.verdictKeys.list({ limit: 10 });
    expect(items.map(({ retiredAt }) => retiredAt)).toEqual([null, LATER]);
    const [newer, older] = await Promise.all([verify(after), verify(before)]);
    expect(newer?.signers).toMatchObject([{ name: items[0]?.id }]);
    expect(older?.signers).toMatchObject([{ name: items[1]?.id }]);

    renameSync(join(dir, 'old.key'), file);
    await useVerdictKey(db, file, LATER);
    const again = (await db.verdictKeys.list({ limit: 10 })).items;
    expect(again.map(({ retiredAt }) => retiredAt)).toEqual([LATER, null]);
  });

  it('refuses a file that holds something else, and leaves it alone', async () => {
    const file = join(dir, 'verdict.key');
    writeFileSync(file, 'not a key\n');
    await expect(useVerdictKey(db, file, AT)).rejects.toThrow(
      /expected a private key \(PEM, EC P-256\).*move the file/,
    );
    expect(readFileSync(file, 'utf8')).toBe('not a key\n');
  });
});
