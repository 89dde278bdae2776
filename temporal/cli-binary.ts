import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildCli } from './cli-build.ts';
import { DOWNLOAD_SITE, downloadCli } from './cli-download.ts';
import { CLI_FILE, cliCacheFolder, type Env, inGoBins, isRunnableFile, onPath } from './cli-places.ts';
import { type CliVersion, probeCli } from './cli-version.ts';
import { lockWithin } from './lock.ts';

export type TemporalCli = { path: string; version: CliVersion; way: CliWay };
type CliWay = 'WAYBILL_TEMPORAL_CLI' | 'PATH' | 'cache' | 'go bin' | 'download' | 'go install';
export type FindCliOptions = {
  env: Env;
  log: (line: string) => void;
  /** Where archives come from; another one in tests. */
  site?: string;
  /** How long the site may be silent before the next way is tried. */
  stallMs?: number;
};

/** Another process may be in the middle of a build, which takes minutes. */
const OTHERS_BUILD_MS = 35 * 60_000;

/**
 * Finds Temporal's CLI, or gets it: `WAYBILL_TEMPORAL_CLI`, the PATH, our copy in the user's cache, Go's own bin folder,
 * a download, a build with Go. Every binary is run before it is trusted. Says on `log` which way it took; throws one
 * error that names what was tried and the ways out.
 */
export async function findTemporalCli(options: FindCliOptions): Promise<TemporalCli> {
  const { env, log } = options;
  const given = env.WAYBILL_TEMPORAL_CLI;
  const found = given ? await useGiven(given) : ((await findPresent(env, log)) ?? (await getOne(options)));
  const { path, version, way } = found;
  log(`Temporal's CLI ${version.cli} (server ${version.server}) at ${path}, by way of ${way}`);
  return found;
}

/** What the operator names is used or refused, never replaced by something else. */
async function useGiven(path: string): Promise<TemporalCli> {
  const probe = isRunnableFile(path) ? await probeCli(path) : { ok: false as const, reason: 'is not a runnable file' };
  if (probe.ok) return { path, version: probe.version, way: 'WAYBILL_TEMPORAL_CLI' };
  throw new Error(
    `expected WAYBILL_TEMPORAL_CLI to name Temporal's CLI, but ${path} ${probe.reason}. ` +
      'Correct the variable, or unset it and Waybill looks for the CLI itself.',
  );
}

async function findPresent(env: Env, log: (line: string) => void): Promise<TemporalCli | undefined> {
  const cached = join(cliCacheFolder(env), CLI_FILE);
  const places: [CliWay, () => string[] | Promise<string[]>][] = [
    ['PATH', () => onPath(env, CLI_FILE)],
    ['cache', () => [cached].filter(isRunnableFile)],
    ['go bin', () => inGoBins(env)],
  ];
  for (const [way, candidates] of places) {
    for (const path of await candidates()) {
      const probe = await probeCli(path);
      if (probe.ok) return { path, version: probe.version, way };
      log(`not using ${path}: it ${probe.reason}`);
    }
  }
  return undefined;
}

/** Downloads or builds into the cache. One process at a time does; the others wait and find its copy. */
async function getOne(options: FindCliOptions): Promise<TemporalCli> {
  const { env, log, site = DOWNLOAD_SITE, stallMs = 20_000 } = options;
  const folder = cliCacheFolder(env);
  const lock = await lockWithin(join(folder, 'lock'), {
    patienceMs: () => OTHERS_BUILD_MS,
    onWait: ({ pid }) => log(`waiting for process ${pid}, which is getting Temporal's CLI`),
    onGivingUp: ({ pid }) => new Error(`process ${pid} still holds ${folder}/lock: end it, then start again`),
  });
  const failures: string[] = [];
  const attempt = async (way: CliWay, get: (folder: string) => Promise<string>) => {
    const result = await install(folder, get).catch((error: Error) => ({ reason: explain(error) }));
    if (!('reason' in result)) return { ...result, way };
    failures.push(`${way}: ${result.reason}`);
    log(`no CLI by ${way}: ${result.reason}`);
    return undefined;
  };
  try {
    const byAnother = await findPresent({ ...env, PATH: '' }, log);
    if (byAnother) return byAnother;
    removeDrafts(folder);
    const [go] = onPath(env, process.platform === 'win32' ? 'go.exe' : 'go');
    const got =
      (await attempt('download', (into) => downloadCli({ env, folder: into, site, stallMs, log }))) ??
      (go ? await attempt('go install', (into) => buildCli({ go, env, folder: into, log })) : undefined);
    if (got) return got;
    throw new Error(noWay(go ? failures : [...failures, 'go install: no `go` on the PATH']));
  } finally {
    lock.release();
  }
}

/** What a killed predecessor left half done; only called by the holder of the lock. */
function removeDrafts(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('draft-')) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Lets `get` fill a folder of its own, runs what came out, and only then moves it to its place. */
async function install(
  folder: string,
  get: (folder: string) => Promise<string>,
): Promise<{ path: string; version: CliVersion }> {
  mkdirSync(folder, { recursive: true });
  const draft = mkdtempSync(join(folder, 'draft-'));
  try {
    const binary = await get(draft);
    chmodSync(binary, 0o755);
    const probe = await probeCli(binary);
    if (!probe.ok) throw new Error(`what came out ${probe.reason}`);
    const path = join(folder, CLI_FILE);
    renameSync(binary, path);
    return { path, version: probe.version };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

const explain = (error: Error): string =>
  error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;

const noWay = (failures: readonly string[]): string =>
  [
    "expected Temporal's CLI on this machine, found none, and could not get it:",
    ...failures.map((failure) => `  - ${failure}`),
    'Three ways out:',
    '  1. install it (https://docs.temporal.io/cli) and put it on the PATH, or name it in WAYBILL_TEMPORAL_CLI',
    '  2. use a Temporal server that runs already: set TEMPORAL_ADDRESS',
    `  3. let this machine reach ${DOWNLOAD_SITE}, or install Go (https://go.dev/dl) and start again`,
  ].join('\n');
