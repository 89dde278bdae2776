import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CLI_FILE, type Env } from './cli-places.ts';
import { CLI_VERSION } from './cli-version.ts';

const PACKAGE = `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`;
const LONGEST_BUILD_MS = 30 * 60_000;
const PROGRESS_EVERY_MS = 15_000;

/** Builds the CLI from source with that Go into an empty folder; returns the binary's path. Minutes, not seconds. */
export async function buildCli(options: {
  go: string;
  env: Env;
  folder: string;
  log: (line: string) => void;
}): Promise<string> {
  const { go, env, folder, log } = options;
  log(`building Temporal's CLI with ${go} install ${PACKAGE}: about 4 minutes on 2 cores, once`);
  const child = spawn(go, ['install', '-v', PACKAGE], {
    env: { ...env, GOBIN: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LONGEST_BUILD_MS,
  });
  const since = performance.now();
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const ticker = setInterval(() => log(describeBuild(lines, performance.now() - since)), PROGRESS_EVERY_MS);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (code !== 0) throw new Error(`go install ended with ${signal ?? code}: ${lines.slice(-3).join(' | ')}`);
  } finally {
    clearInterval(ticker);
  }
  log(`built Temporal's CLI in ${((performance.now() - since) / 1000).toFixed(0)} s`);
  return join(folder, CLI_FILE);
}

/** One line from what `go install -v` has printed: module downloads first, then a line per compiled package. */
export function describeBuild(lines: readonly string[], elapsedMs: number): string {
  const compiled = lines.filter((line) => !line.startsWith('go: ')).length;
  const doing = compiled > 0 ? `${compiled} packages compiled` : `${lines.length} modules fetched`;
  return `building Temporal's CLI: ${(elapsedMs / 1000).toFixed(0)} s, ${doing}`;
}
