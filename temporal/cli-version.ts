import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The version that is downloaded or built. Later tags have a `replace` in their go.mod: `go install` refuses them. */
export const CLI_VERSION = '1.5.1';
const OLDEST_CLI = '1.5.0';
/** What the oldest CLI carries; a binary made by `go install` knows its server's version, not its own. */
const OLDEST_SERVER = '1.29.0';
const UNSTAMPED = '0.0.0-DEV';

export type CliVersion = { cli: string; server: string };
export type Probe = { ok: true; version: CliVersion } | { ok: false; reason: string };

/** Reads the answer of `temporal --version`, e.g. `temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)`. */
export function parseCliVersion(output: string): CliVersion | undefined {
  const [, cli, server] = /^temporal version (\S+) \(Server ([^\s,)]+)/m.exec(output) ?? [];
  return cli && server ? { cli, server } : undefined;
}

export function isRecentEnough({ cli, server }: CliVersion): boolean {
  return cli === UNSTAMPED ? isAtLeast(server, OLDEST_SERVER) : isAtLeast(cli, OLDEST_CLI);
}

/** Runs the binary and judges its version. A reason reads on after the binary's path. */
export async function probeCli(path: string): Promise<Probe> {
  const ran = await promisify(execFile)(path, ['--version'], { timeout: 15_000, killSignal: 'SIGKILL' }).then(
    ({ stdout }) => ({ stdout }),
    (error: Error) => ({ reason: `does not run: ${error.message.trim().split('\n').slice(0, 2).join(' ')}` }),
  );
  if ('reason' in ran) return { ok: false, reason: ran.reason };
  const version = parseCliVersion(ran.stdout);
  if (!version) {
    const firstLine = ran.stdout.split('\n')[0]?.slice(0, 100);
    return { ok: false, reason: `does not say a version of Temporal's CLI, it says ${JSON.stringify(firstLine)}` };
  }
  if (isRecentEnough(version)) return { ok: true, version };
  return { ok: false, reason: `is version ${version.cli} (server ${version.server}), expected ${OLDEST_CLI} or later` };
}

/** Compares numbers part by part; a pre-release such as `1.5.0-rc.1` counts as its release. */
function isAtLeast(version: string, oldest: string): boolean {
  const numbers = (text: string) => text.split('-')[0]?.split('.').map(Number) ?? [];
  const have = numbers(version);
  for (const [i, want] of numbers(oldest).entries()) {
    const part = have[i] ?? 0;
    if (Number.isNaN(part)) return false;
    if (part !== want) return part > want;
  }
  return true;
}
