import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { extract } from 'tar';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { CLI_FILE, type Env } from './cli-places.ts';
import { CLI_VERSION } from './cli-version.ts';

export const DOWNLOAD_SITE = 'https://temporal.download';
const LONGEST_DOWNLOAD_MS = 15 * 60_000;
const PROGRESS_EVERY_MS = 3_000;

type DownloadOptions = { env: Env; folder: string; site: string; stallMs: number; log: (line: string) => void };

/**
 * Fetches the CLI's archive into an empty folder and unpacks the binary there; returns its path. Nothing is verified
 * here. Gives up when the site is silent for `stallMs`, at the connection, before the answer or between two chunks.
 */
export async function downloadCli({ folder, ...options }: DownloadOptions): Promise<string> {
  const archive = join(folder, 'archive');
  await fetchTo(archive, options);
  if (process.platform === 'win32') {
    // The archive is a zip there, and the tar that Windows ships reads both kinds.
    const tar = join(options.env.SystemRoot ?? 'C:\\Windows', 'System32', 'tar.exe');
    await promisify(execFile)(tar, ['-xf', archive, '-C', folder, CLI_FILE]);
  } else {
    await extract({ file: archive, cwd: folder, filter: (path) => path === CLI_FILE });
  }
  return join(folder, CLI_FILE);
}

async function fetchTo(file: string, { env, site, stallMs, log }: Omit<DownloadOptions, 'folder'>): Promise<void> {
  const url = `${site}/cli/archive/v${CLI_VERSION}?platform=${platform()}&arch=${architecture()}`;
  log(`downloading Temporal's CLI ${CLI_VERSION} from ${url}`);
  const dispatcher = new EnvHttpProxyAgent({
    ...proxies(env),
    connect: { timeout: stallMs },
    headersTimeout: stallMs,
    bodyTimeout: stallMs,
  });
  try {
    const answer = await fetch(url, { dispatcher, signal: AbortSignal.timeout(LONGEST_DOWNLOAD_MS) });
    if (!answer.ok || !answer.body) throw new Error(`expected 200 from ${site}, got ${answer.status}`);
    const total = Number(answer.headers.get('content-length'));
    await pipeline(Readable.fromWeb(answer.body), reportBytes(total, log), createWriteStream(file));
  } finally {
    await dispatcher.destroy();
  }
}

function reportBytes(total: number, log: (line: string) => void): Transform {
  const inMb = (bytes: number) => (bytes / 1e6).toFixed(0);
  let bytes = 0;
  let reportedAt = performance.now();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (performance.now() - reportedAt > PROGRESS_EVERY_MS) {
        log(`downloading Temporal's CLI: ${inMb(bytes)}${total ? ` of ${inMb(total)}` : ''} MB`);
        reportedAt = performance.now();
      }
      done(null, chunk);
    },
  });
}

function proxies(env: Env): { httpProxy?: string; httpsProxy?: string; noProxy?: string } {
  const httpProxy = env.http_proxy ?? env.HTTP_PROXY ?? '';
  const httpsProxy = env.https_proxy ?? env.HTTPS_PROXY ?? '';
  const noProxy = env.no_proxy ?? env.NO_PROXY ?? '';
  return { httpProxy, httpsProxy, noProxy };
}

const platform = (): string => (process.platform === 'win32' ? 'windows' : process.platform);
const architecture = (): string => (process.arch === 'x64' ? 'amd64' : process.arch);
