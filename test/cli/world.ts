import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { integrations } from '../../activities/integrations/index.ts';
import { createApi } from '../../api/app.ts';
import { mintToken } from '../../api/auth/token.ts';
import { DEFAULT_CONFIG } from '../../api/deps.ts';
import type { Engine } from '../../api/engine.ts';
import { serveApi } from '../../api/serve.ts';
import { planDeliveries } from '../../attestation/delivery/plan.ts';
import type { Check, StatementVerification, Verdict } from '../../attestation/verdict.ts';
import { shipped } from '../../attestation/verify/published.ts';
import { summarizeVerdict } from '../../attestation/vsa.ts';
import { useVerdictKey } from '../../bin/first-start.ts';
import { createProgram, runProgram } from '../../cli/program.ts';
import type { MaterialRecord } from '../../db/judgements.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { SYSTEM } from '../../db/verbs.ts';
import { createFileStore } from '../../store/files.ts';

export type Ran = { exit: number; out: string; err: string };
export type RunOptions = {
  env?: Record<string, string>;
  cwd?: string;
  stdin?: Buffer;
  isTerminal?: boolean;
  columns?: number;
  /** What somebody at the terminal answers; nobody sits there without it. */
  answer?: string;
  onSleep?(ms: number): void;
  /** Gets what the program would do at Ctrl-C. */
  onInterrupt?(step: () => void): void;
};

/** Runs one command line as `bin/main.ts` would, in this process, and gives back all that it printed. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const printed = { out: '', err: '' };
  let asleep = 0;
  const io = {
    env: options.env ?? {},
    cwd: options.cwd ?? tmpdir(),
    stdin: () => options.stdin ?? Buffer.alloc(0),
    out: (text: string) => {
      printed.out += text;
    },
    err: (text: string) => {
      printed.err += text;
    },
    isTerminal: options.isTerminal ?? false,
    columns: options.columns,
    ask:
      options.answer === undefined
        ? undefined
        : async (question: string) => {
            printed.err += question;
            return options.answer ?? '';
          },
    now: () => new Date(Date.now() + asleep),
    sleep: async (ms: number) => {
      asleep += ms;
      options.onSleep?.(ms);
    },
    onInterrupt: (step: () => void) => {
      options.onInterrupt?.(step);
      return () => {};
    },
  };
  const exit = await runProgram(createProgram(io, '0.0.0-test'), args, io);
  return { exit, ...printed };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** How the next judgements end; undecided for as long as it is empty. */
type Judge = {
  verdict?: Verdict;
  checks?: Check[];
  materials?: MaterialRecord[];
  verification?: StatementVerification[];
  /** What the workflow of a replay does once it is started. */
  replay?(id: string): Promise<void>;
};

/** The real API on a real socket with a database of its own. Only Temporal is played: `judge` says what it decides. */
export async function startWorld() {
  const folder = temporaryFolder();
  const db = openSqliteDatabase({ path: join(folder, 'waybill.db') });
  const judge: Judge = {};
  const now = () => new Date().toISOString();
  const signVerdict = await useVerdictKey(db, join(folder, 'verdict.key'), now());
  const engine: Engine = {
    async judge({ id, n, project, pipeline }) {
      const work = judge.verdict && (await db.attestations.pin(id, n, now()));
      if (!judge.verdict || !work) return 'undecided';
      const { verdict, checks = [], verification = [], materials = [] } = judge;
      const attachments = (await db.attachments.all()).map(({ uid, name, spec }) => ({
        uid,
        name,
        spec,
        takes: 'attestation' as const,
      }));
      await db.attestations.conclude(
        id,
        n,
        {
          verdict,
          checks,
          verification,
          annotations: {},
          subjects: [],
          materials,
          deliveries: planDeliveries({ attestationId: id, project, pipeline, materials: [], attachments }),
          vsa: signVerdict(
            summarizeVerdict({
              verifier: 'https://waybill.example.com',
              attestation: { id, n, project, pipeline },
              contract: work.contract,
              verdict,
              checks,
              verification,
              subjects: [],
              statements: work.statements,
              at: now(),
            }),
          ),
        },
        now(),
      );
      return 'decided';
    },
    start: async () => {},
    wake: async () => {},
    startReplay: async (id) => judge.replay?.(id),
    testDestination: async () => [
      { name: 'credentials', outcome: 'fail', detail: 'the receiver answered 401', remedy: 'Renew the key.' },
    ],
    checkContract: async () => undefined,
    workflowUrl: () => undefined,
    reachable: async () => true,
  };
  const log = { info() {}, warn() {}, error() {} };
  const app = createApi({
    db,
    store: createFileStore(join(folder, 'store')),
    engine,
    integrations,
    builtIn: shipped,
    config: { ...DEFAULT_CONFIG, verdictWaitMs: 50 },
    seal: () => ({ sealed: 'sealed', keyId: 'test' }),
    clock: () => new Date(),
    log,
  });
  const server = await serveApi(app, { port: 0 });
  onTestFinished(async () => {
    await server.close();
    db.close();
  });
  const { id, token, hash } = mintToken();
  await db.tokens.create({ id, hash, name: 'test', role: 'admin', scope: [], expiresAt: null, by: SYSTEM, at: now() });
  const env = { WAYBILL_URL: server.url, WAYBILL_TOKEN: token };
  return {
    db,
    judge,
    url: server.url,
    token,
    folder,
    run: (args: readonly string[], options: RunOptions = {}) =>
      run(args, { cwd: folder, ...options, env: { ...env, ...options.env } }),
  };
}
