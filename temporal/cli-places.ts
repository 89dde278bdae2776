import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { CLI_VERSION } from './cli-version.ts';

export type Env = Readonly<Record<string, string | undefined>>;
export const CLI_FILE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** Every runnable file of that name on the PATH, first one first. */
export function onPath(env: Env, file: string): string[] {
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter(isAbsolute);
  return [...new Set(folders)].map((folder) => join(folder, file)).filter(isRunnableFile);
}

/** Where this user keeps caches, by the custom of the platform; XDG_CACHE_HOME wins anywhere. */
export function cacheFolder(env: Env, platform: NodeJS.Platform = process.platform): string {
  const home = env.HOME ?? env.USERPROFILE ?? homedir();
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'waybill');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'waybill');
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'waybill', 'Cache');
  return join(home, '.cache', 'waybill');
}

/** The folder of our own copy; its version is part of the path, so a newer Waybill fetches a newer one. */
export const cliCacheFolder = (env: Env): string => join(cacheFolder(env), 'temporal-cli', CLI_VERSION);

/** Where `go install` has put or would put a binary on this machine; nothing where there is no Go. */
export async function inGoBins(env: Env): Promise<string[]> {
  const [go] = onPath(env, process.platform === 'win32' ? 'go.exe' : 'go');
  if (!go) return [];
  const answer = await promisify(execFile)(go, ['env', 'GOBIN', 'GOPATH'], { env: { ...env }, timeout: 15_000 }).catch(
    () => ({ stdout: '' }),
  );
  const [gobin = '', gopath = ''] = answer.stdout.split(/\r?\n/);
  const folders = [gobin, ...gopath.split(delimiter).map((path) => path && join(path, 'bin'))].filter(isAbsolute);
  return [...new Set(folders)].map((folder) => join(folder, CLI_FILE)).filter(isRunnableFile);
}

export function isRunnableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
