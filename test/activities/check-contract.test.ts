import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCheck } from '../../activities/check.ts';
import { createCheckContract } from '../../activities/check-contract.ts';
import { createConclude } from '../../activities/conclude.ts';
import type { Deps } from '../../activities/deps.ts';
import { evaluate } from '../../activities/threads/rules-thread.ts';
import { verify } from '../../activities/threads/thread.ts';
import { createVerify } from '../../activities/verify.ts';
import type { ContractCheck } from '../../attestation/contract/again.ts';
import { sha256Hex } from '../../attestation/ids.ts';
import { inspectMaterial } from '../../attestation/materials/inspect.ts';
import { shipped } from '../../attestation/verify/published.ts';
import type { Database } from '../../db/database.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { SYSTEM } from '../../db/verbs.ts';
import { createFileStore } from '../../store/files.ts';
import { makeEnvelope, makeStatement, sha512Of, toBytes } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';

const AT = '2026-03-01T12:00:00.000Z';
const SINCE = '2026-02-01T00:00:00.000Z';
const who = { by: SYSTEM, at: AT };
const key = makeKey('ed25519', { name: 'release' });
const PLAIN = 'schemaVersion: v1\n';
const WITH_REPORT = `${PLAIN}materials:\n  - { type: SARIF, name: report }\n`;

let dir: string;
let db: Database;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-check-'));
  db = openSqliteDatabase({ path: ':memory:' });
  for (const name of ['plain', 'else']) await db.contracts.put({ name, text: PLAIN, digest: sha256Hex(PLAIN), ...who });
  await db.trust.putKey({ name: key.name, parsed: key.trusted, ...who });
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

/** The steps on a real database and store; what threads do is done here. */
function createWorld() {
  const store = createFileStore(dir);
  const unused = () => Promise.reject(new Error('expected nothing but judging'));
  let beats = 0;
  const deps: Deps = {
    db,
    store,
    integrations: {},
    openSecrets: unused,
    threads: {
      verify: async (task) => verify(structuredClone(task)),
      inspect: async ({ bytes, type }) => inspectMaterial(Buffer.from(bytes), type),
      rules: async (task) => evaluate(task),
      close: async () => {},
    },
    builtIn: shipped,
    processId: 'test',
    clock: () => new Date(AT),
    random: () => 0,
    signVerdict: JSON.stringify,
    publicUrl: 'https://waybill.example.com',
    log: { info() {}, warn() {}, error() {} },
  };
  const steps = { verify: createVerify(deps), check: createCheck(deps), conclude: createConclude(deps) };
  const against = createCheckContract(deps, () => beats++);

  const pipeline = async (name: string, contract = 'plain') => {
    const put = await db.pipelines.put({ project: 'acme', name, spec: { contract }, ...who });
    if (!put) throw new Error('expected a pipeline');
    return put.record;
  };
  return {
    store,
    pipeline,
    beats: () => beats,
    /** Received and judged, with a file that a subject names. */
    async judge(id: string, of: Awaited<ReturnType<typeof pipeline>>, content = `report of ${id}`) {
      const file = Buffer.from(content);
      const report = await store.put(file, { maxBytes: 2 ** 26 });
      const part = { name: 'report', sha256: report.sha256, sha512: sha512Of(file), size: file.length };
      await db.blobs.record({ project: 'acme', ...report, at: AT });
      const statement = { ...makeStatement(), subject: [{ name: 'report', digest: { sha256: report.sha256 } }] };
      const { sha256, size } = await store.put(toBytes(makeEnvelope(key, statement)), { maxBytes: 2 ** 20 });
      const received = { id, pipeline: of, statementDigest: sha256, receivedBy: 'ci', at: AT };
      const parts = [{ ...part, mediaType: 'application/json' }];
      await db.attestations.receive({ ...received, statements: [{ sha256, size }], parts });
      const verified = await steps.verify({ id, n: 1 });
      if (verified.decided) throw new Error('expected no verdict yet');
      const checked = await steps.check({ id, n: 1 }, verified);
      if (!checked.ready) throw new Error('expected nothing heavy');
      const { verdict } = await steps.conclude({ id, n: 1 }, checked.decision);
      return { verdict, statement: sha256 };
    },
    async ask(text: string, more: Partial<ContractCheck> = {}) {
      const { sha256 } = await store.put(Buffer.from(text), { maxBytes: 2 ** 20 });
      const answer = await against({
        name: 'plain',
        digest: sha256,
        pipeline: null,
        since: SINCE,
        limit: 200,
        ...more,
      });
      if ('kept' in answer) throw new Error('expected a small answer');
      return answer;
    },
  };
}

describe('the step that holds a contract against the past', () => {
  it('takes the latest of all pipelines that are bound to it, or of the one that is named', async () => {
    const { pipeline, judge, ask, beats } = createWorld();
    const [one, two, other] = [await pipeline('one'), await pipeline('two'), await pipeline('other', 'else')];
    for (const [id, of] of [
      ['att_1', one],
      ['att_2', two],
      ['att_3', one],
      ['att_4', other],
    ] as const)
      expect((await judge(id, of)).verdict).toBe('accepted');
    const found = async (more: Partial<ContractCheck> = {}) => {
      const { judged, truncated, differences } = await ask(WITH_REPORT, more);
      return { judged, truncated, ids: differences.map(({ attestation }) => attestation) };
    };
    expect(await found()).toEqual({ judged: 3, truncated: false, ids: ['att_3', 'att_2', 'att_1'] });
    expect(beats()).toBe(3);
    expect(await found({ limit: 2 })).toEqual({ judged: 2, truncated: true, ids: ['att_3', 'att_2'] });
    const named = { pipeline: { project: 'acme', pipeline: 'other' } };
    expect(await found(named)).toEqual({ judged: 1, truncated: false, ids: ['att_4'] });
    expect(await found({ since: '2026-03-02T00:00:00.000Z' })).toEqual({ judged: 0, truncated: false, ids: [] });
  });

  it('looks into content that no contract asked for before, and says what is wrong with it', async () => {
    const { pipeline, judge, ask } = createWorld();
    await judge('att_1', await pipeline('one'), '{"version":"2.1.0"}');
    const { differences } = await ask(WITH_REPORT);
    expect(differences).toMatchObject([{ before: 'accepted', after: 'rejected', now: [{ code: 'material.invalid' }] }]);
  });

  it('cannot tell of content that is heavy and was never inspected, and of bytes that are gone', async () => {
    const { pipeline, judge, ask } = createWorld();
    const one = await pipeline('one');
    await judge('att_1', one, `{"padding":"${'x'.repeat(2 ** 20)}"}`);
    const { statement } = await judge('att_2', one);
    rmSync(join(dir, 'sha256', statement.slice(0, 2), statement), { force: true });
    expect(await ask(WITH_REPORT)).toMatchObject({
      same: 0,
      differences: [],
      unclear: [
        { attestation: 'att_2', reason: expect.stringContaining('not in the store') },
        { attestation: 'att_1', reason: expect.stringContaining('too large') },
      ],
    });
  });

  it('changes nothing that is on record', async () => {
    const { pipeline, judge, ask } = createWorld();
    await judge('att_1', await pipeline('one'));
    const before = await db.attestations.get('att_1');
    await ask(WITH_REPORT);
    expect(await db.attestations.get('att_1')).toEqual(before);
    expect(await db.attestations.judgements('att_1')).toHaveLength(1);
  });
});
