import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { usageError } from './exit.ts';
import type { Io } from './io.ts';

/** A token and where it came from: the latter may be printed, the former never. */
export type Token = { value: string; from: string };

const LOCAL_FILE = join('.waybill', 'admin-token');

/** `--token-file`, else WAYBILL_TOKEN, else, for a server on this machine only, `.waybill/admin-token` found upward. */
export function findToken(io: Io, url: URL, tokenFile: string | undefined): Token | undefined {
  if (tokenFile) return { value: read(tokenFile) ?? notThere(tokenFile), from: tokenFile };
  if (io.env.WAYBILL_TOKEN) return { value: io.env.WAYBILL_TOKEN.trim(), from: 'WAYBILL_TOKEN' };
  if (!isLoopback(url)) return undefined;
  for (let folder = io.cwd; ; folder = dirname(folder)) {
    const path = join(folder, LOCAL_FILE);
    const value = read(path);
    if (value) return { value, from: path };
    if (dirname(folder) === folder) return undefined;
  }
}

/** True when the address is this machine's own, so that a token cannot leave it. */
export const isLoopback = (url: URL): boolean =>
  url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname);

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw usageError(`Could not read the token in ${path}: ${code ?? 'unknown error'}.`, 'Set WAYBILL_TOKEN instead.');
  }
};

const notThere = (path: string): never => {
  throw usageError(`There is no token file ${path}.`);
};
