import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createActivities } from '../activities/index.ts';
import { integrations } from '../activities/integrations/index.ts';
import { startThreads } from '../activities/threads/pool.ts';
import { createApi } from '../api/app.ts';
import { mintToken } from '../api/auth/token.ts';
import { DEFAULT_CONFIG } from '../api/deps.ts';
import type { Engine } from '../api/engine.ts';
import { parseTrustedKey } from '../attestation/verify/keys.ts';
import { shipped } from '../attestation/verify/published.ts';
import { openSqliteDatabase } from '../db/sqlite.ts';
import { createFileStore } from '../store/files.ts';
import { PROJECT } from './installation.ts';
import { type Spread, spreadOf } from './stats.ts';
import { createStopwatch } from './stopwatch.ts';
import { CONTRACT, createSigner } from './submissions.ts';

const BY = { id: 'bench', name: 'bench' };
const QUIET = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * The same code without Temporal and without a socket, on a database and store of its own on the same disk: what each
 * step costs in itself, and which of its parts touch the disk. By name; indented ones are parts of the one above.
 */
export async function timeSteps(dir: string, count: number): Promise<Record<string, Spread>> {
  const home = join(dir, 'steps');
  mkdirSync(home, { recursive: true });
  const watch = createStopwatch();
  const db = openSqliteDatabase({ path: join(home, 'waybill.db') });
  const store = createFileStore(join(home, 'store'));
  const threads = await startThreads();
  const clock = () => new Date();
  try {
    const signer = createSigner();
    const token = await prepare(db, signer.publicPem);
    const steps = createActivities({
      db: watch.observeVerbs(db),
      store: watch.observe('store', store),
      threads: watch.observe('threads', threads),
      builtIn: shipped,
      integrations,
      openSecrets: async () => ({}),
      processId: 'bench',
      clock,
      random: Math.random,
      signVerdict: (statement) => JSON.stringify(statement),
      publicUrl: 'http://localhost',
      log: QUIET,
    });
    const judge = async (ref: { id: string; n: number }) => {
      const verified = await watch.time('verify', () => steps.verify(ref));
      if (verified.decided) throw new Error('expected an attestation that nobody judged, found a verdict');
      const checked = await watch.time('check', () => steps.check(ref, verified));
      if (!checked.ready) throw new Error('expected a material that is light, found a heavy one');
      await watch.time('conclude', () => steps.conclude(ref, checked.decision));
      return 'decided' as const;
    };
    const engine: Engine = {
      judge: (judgement) => watch.time('judge', () => judge(judgement)),
      start: async () => {},
      wake: async () => {},
      testDestination: async () => undefined,
      startReplay: async () => {},
      checkContract: async () => undefined,
      workflowUrl: () => undefined,
      reachable: async () => true,
    };
    const app = createApi({
      db: watch.observeVerbs(db),
      store: watch.observe('store', store),
      engine,
      integrations,
      config: DEFAULT_CONFIG,
      builtIn: shipped,
      seal: () => ({ ref: 'env:WAYBILL_SECRET_NONE' }),
      clock,
      log: QUIET,
    });
    const post = async () => {
      const { body, contentType } = signer.next();
      const headers = { authorization: `Bearer ${token}`, 'content-type': contentType };
      const path = `/v1/pipelines/${PROJECT}/plain/attestations`;
      const answer = await watch.time('POST', () => app.request(path, { method: 'POST', body, headers }));
      if (answer.status !== 200) throw new Error(`expected 200, got ${answer.status}: ${await answer.text()}`);
    };
    for (let warm = 0; warm < 20; warm += 1) await post();
    watch.reset();
    for (let at = 0; at < count; at += 1) await post();
    return Object.fromEntries([...watch.found()].map(([name, values]) => [name, spreadOf(values)]));
  } finally {
    await threads.close();
    db.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function prepare(db: ReturnType<typeof openSqliteDatabase>, publicKey: string): Promise<string> {
  const at = new Date().toISOString();
  const who = { by: BY, at };
  const { id, token, hash } = mintToken();
  await db.tokens.create({ id, hash, name: 'bench', role: 'submit', scope: [], expiresAt: null, ...who });
  const key = parseTrustedKey('bench', { publicKey, algorithm: 'ecdsa-p256-sha256', projects: [PROJECT] });
  if (!key.ok) throw new Error(key.message);
  await db.trust.putKey({ name: 'bench', parsed: key.key, ...who });
  await db.contracts.put({ name: 'bench', text: CONTRACT, digest: randomBytes(32).toString('hex'), ...who });
  await db.pipelines.put({ project: PROJECT, name: 'plain', spec: { contract: 'bench' }, ...who });
  return token;
}
