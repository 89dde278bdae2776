import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ThreadLimitError, type Threads } from '../../activities/threads/pool.ts';
import { verify } from '../../activities/threads/thread.ts';
import { createVerify } from '../../activities/verify.ts';
import { sha256Hex } from '../../attestation/ids.ts';
import { shipped } from '../../attestation/verify/published.ts';
import type { Database } from '../../db/database.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { SYSTEM } from '../../db/verbs.ts';
import { createFileStore } from '../../store/files.ts';
import {
  bare,
  base64,
  hoursLater,
  issue,
  makeTimestamping,
  signStatement,
} from '../attestation/verify/fake-authority.ts';
import { toBytes } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';

const AT = '2026-03-01T12:00:00.000Z';
const who = { by: SYSTEM, at: AT };
const authority = await issue(undefined, { isCa: true });
const stamping = await makeTimestamping(hoursLater(1));
const spec = JSON.stringify({
  kind: 'x509',
  certificates: authority.pem,
  timestampAuthorities: `-----BEGIN CERTIFICATE-----\n${stamping.root}\n-----END CERTIFICATE-----\n`,
});

/** What a certificate of the authority signed, at a proven time. */
const signed = async (): Promise<Buffer> => {
  const key = makeKey('ecdsa-p256-sha256');
  const leaf = await issue(authority, { publicKey: key.publicKey });
  const { sig, ...envelope } = signStatement(key);
  const timestamps = [{ type: 'tsp', data: base64(bare(await stamping.stamp(sig, true))) }];
  return toBytes({ ...envelope, signatures: [{ sig: base64(sig), certificate: base64(leaf.pem), timestamps }] });
};

let dir: string;
let db: Database;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-verify-'));
  db = openSqliteDatabase({ path: ':memory:' });
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

/** The step on a real database and store; the thread's work is done here, from a copy as a thread gets it. */
const createWorld = async (inThread: Threads['verify'] = async (task) => verify(structuredClone(task))) => {
  const errors: { fields: object; message: string }[] = [];
  const store = createFileStore(dir);
  const none = () => Promise.reject(new Error('expected nothing but verification'));
  const step = createVerify({
    db,
    store,
    threads: { verify: inThread, inspect: none, rules: none, close: async () => {} },
    builtIn: shipped,
    clock: () => new Date(AT),
    log: { info() {}, warn() {}, error: (fields, message) => void errors.push({ fields, message }) },
  });
  const text = 'schemaVersion: v1\n';
  await db.contracts.put({ name: 'skynet', text, digest: sha256Hex(text), ...who });
  const put = await db.pipelines.put({ project: 'acme', name: 'skynet', spec: { contract: 'skynet' }, ...who });
  if (!put) throw new Error('expected a pipeline');
  const { sha256, size } = await store.put(await signed(), { maxBytes: 2 ** 20 });
  const received = { id: 'att_1', pipeline: put.record, statementDigest: sha256, receivedBy: 'ci', at: AT };
  await db.attestations.receive({ ...received, statements: [{ sha256, size }], parts: [] });
  const judge = async () => {
    const verified = await step({ id: 'att_1', n: 1 });
    if (verified.decided || 'kept' in verified) throw new Error('expected no verdict yet, and no large result');
    const codes = verified.checks.map(({ code, outcome }) => `${code} ${outcome}`);
    return { result: verified.statements[0]?.result, codes };
  };
  return { judge, errors };
};

describe('the step that verifies', () => {
  it('asks for the roots that are registered when it runs', async () => {
    const { judge } = await createWorld();
    expect(await judge()).toMatchObject({ result: 'invalid' });
    await db.trust.putRoot({ name: 'acme-ca', spec, ...who });
    expect(await judge()).toEqual({ result: 'verified', codes: ['signature.valid passed'] });
    await db.trust.deleteRoot('acme-ca', who);
    expect(await judge()).toMatchObject({ result: 'invalid' });
  });

  it('reports a root that cannot be used, without what is in it, and goes on with the others', async () => {
    const { judge, errors } = await createWorld();
    await db.trust.putRoot({ name: 'acme-ca', spec, ...who });
    await db.trust.putRoot({ name: 'broken', spec: '{"kind":"x509","certificates":"canary"}', ...who });
    expect(await judge()).toEqual({
      result: 'verified',
      codes: ['signature.valid passed', 'root.unusable warned'],
    });
    expect(errors).toMatchObject([
      { fields: { code: 'root.unusable', root: 'broken' }, message: expect.stringContaining('broken') },
    ]);
    expect(JSON.stringify(errors)).not.toContain('canary');
  });

  it('fails what takes too long, whoever is trusted', async () => {
    const { judge } = await createWorld(() => Promise.reject(new ThreadLimitError('time', 'too long')));
    await db.trust.putRoot({ name: 'acme-ca', spec, ...who });
    expect(await judge()).toEqual({ result: undefined, codes: ['verification.timeout failed'] });
  });
});
