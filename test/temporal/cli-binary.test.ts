import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FindCliOptions, findTemporalCli } from '../../temporal/cli-binary.ts';
import { describeBuild } from '../../temporal/cli-build.ts';
import { cliCacheFolder } from '../../temporal/cli-places.ts';

let root: string;
let lines: string[];
let env: Record<string, string>;
let server: Server | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'waybill-cli-'));
  lines = [];
  env = { PATH: join(root, 'bin'), HOME: join(root, 'home'), XDG_CACHE_HOME: join(root, 'cache') };
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  rmSync(root, { recursive: true, force: true });
});

/** Nothing listens there, and fetch allows it, unlike most low ports. */
const NO_SITE = 'http://127.0.0.1:8';
const find = (options: Partial<FindCliOptions> = {}) =>
  findTemporalCli({ env, log: (line) => lines.push(line), site: NO_SITE, ...options });

const script = (path: string, body: string): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
};
const saying = (version: string) => `echo "temporal version ${version} (Server 1.29.1, UI 2.42.1)"`;
const onPath = (version = '1.5.1') => script(join(root, 'bin', 'temporal'), saying(version));
const cached = () => join(cliCacheFolder(env), 'temporal');

/** A stand-in for Go, which "builds" a CLI; it answers `go env` with the given folders. */
const go = (options: { gobin?: string; gopath?: string; install?: string } = {}) => {
  const install =
    options.install ??
    `printf '#!/bin/sh\\n%s\\n' '${saying('0.0.0-DEV')}' > "$GOBIN/temporal"; /bin/chmod +x "$GOBIN/temporal"`;
  return script(
    join(root, 'bin', 'go'),
    `case "$1" in
       env) echo "${options.gobin ?? ''}"; echo "${options.gopath ?? ''}";;
       install) echo "$3" > "${root}/asked"; ${install};;
     esac`,
  );
};

const serve = async (listener: RequestListener): Promise<string> => {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
};
const archive = async (version: string): Promise<Buffer> => {
  script(join(root, 'packed', 'temporal'), saying(version));
  writeFileSync(join(root, 'packed', 'LICENSE'), 'MIT');
  await create({ gzip: true, cwd: join(root, 'packed'), file: join(root, 'cli.tgz') }, ['LICENSE', 'temporal']);
  return readFileSync(join(root, 'cli.tgz'));
};

describe('a CLI that is there', () => {
  it('is the one that WAYBILL_TEMPORAL_CLI names, before all others', async () => {
    onPath('1.6.0');
    env.WAYBILL_TEMPORAL_CLI = script(join(root, 'mine'), saying('1.5.1'));
    expect(await find()).toMatchObject({ path: env.WAYBILL_TEMPORAL_CLI, way: 'WAYBILL_TEMPORAL_CLI' });
    expect(lines.at(-1)).toBe(`Temporal's CLI 1.5.1 (server 1.29.1) at ${root}/mine, by way of WAYBILL_TEMPORAL_CLI`);
  });

  it.each([
    ['is missing', () => join(root, 'missing'), 'is not a runnable file'],
    ['is a folder', () => root, 'is not a runnable file'],
    [
      'is too old',
      () => script(join(root, 'old'), saying('1.3.0')),
      'is version 1.3.0 (server 1.29.1), expected 1.5.0',
    ],
    ['fails', () => script(join(root, 'broken'), 'exit 3'), 'does not run'],
    ['is something else', () => script(join(root, 'other'), 'echo hello'), 'it says "hello"'],
  ])('is refused, not replaced, when WAYBILL_TEMPORAL_CLI %s', async (_how, make, expected) => {
    onPath();
    env.WAYBILL_TEMPORAL_CLI = make();
    await expect(find()).rejects.toThrow(expected);
  });

  it('is taken from the PATH, where one that is too old is passed over and named', async () => {
    const old = onPath('1.4.0');
    const good = script(join(root, 'bin2', 'temporal'), saying('1.7.0'));
    env.PATH = [env.PATH, 'relative', dirname(good)].join(':');
    expect(await find()).toMatchObject({ path: good, way: 'PATH', version: { cli: '1.7.0', server: '1.29.1' } });
    expect(lines[0]).toBe(`not using ${old}: it is version 1.4.0 (server 1.29.1), expected 1.5.0 or later`);
  });

  it('is taken from the cache next', async () => {
    script(cached(), saying('1.5.1'));
    expect(await find()).toMatchObject({ path: cached(), way: 'cache' });
  });

  it.each(['gobin', 'gopath'])('is taken from where Go has put it: %s', async (kind) => {
    const path = script(join(root, 'elsewhere', 'bin', 'temporal'), saying('0.0.0-DEV'));
    go(kind === 'gobin' ? { gobin: dirname(path) } : { gopath: `${root}/nothing:${root}/elsewhere` });
    expect(await find()).toMatchObject({ path, way: 'go bin' });
  });
});

describe('a CLI that is not there', () => {
  it('is downloaded into the cache, and found there the next time', async () => {
    const asked: (string | undefined)[] = [];
    const body = await archive('1.5.1');
    const site = await serve((request, response) => {
      asked.push(request.url);
      response.end(body);
    });
    expect(await find({ site })).toMatchObject({ path: cached(), way: 'download' });
    expect(await find({ site })).toMatchObject({ path: cached(), way: 'cache' });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^\/cli\/archive\/v1\.5\.1\?platform=(linux|darwin)&arch=(amd64|arm64)$/);
    expect(readdirSync(dirname(cached()))).toEqual(['temporal']);
  });

  it('is downloaded once when two look for it at the same time', async () => {
    const body = await archive('1.5.1');
    let requests = 0;
    const site = await serve((_request, response) => {
      requests++;
      response.end(body);
    });
    const both = await Promise.all([find({ site }), find({ site })]);
    expect(both.map(({ way }) => way).sort()).toEqual(['cache', 'download']);
    expect(requests).toBe(1);
  });

  it('is built with Go where the site cannot be reached', async () => {
    go();
    expect(await find()).toMatchObject({ path: cached(), way: 'go install', version: { cli: '0.0.0-DEV' } });
    expect(readFileSync(join(root, 'asked'), 'utf8').trim()).toBe('github.com/temporalio/cli/cmd/temporal@v1.5.1');
    expect(lines.find((line) => line.startsWith('no CLI by download'))).toContain('ECONNREFUSED 127.0.0.1:8');
  });

  it.each([
    ['before it answers', false],
    ['in the middle', true],
  ])('is built when the site falls silent %s', async (_when, halfway) => {
    go();
    const site = await serve((_request, response) => {
      if (halfway) response.writeHead(200, { 'content-length': '1000' }).write('half');
    });
    expect(await find({ site, stallMs: 300 })).toMatchObject({ way: 'go install' });
    expect(lines.some((line) => /no CLI by download: .*[Tt]imeout/.test(line))).toBe(true);
  });

  it.each([
    ['an error page', 404, 'not here', 'expected 200'],
    ['no archive', 200, 'hello', ''],
  ])('is built when the site answers with %s', async (_what, status, body, expected) => {
    go();
    const site = await serve((_request, response) => response.writeHead(status).end(body));
    expect(await find({ site })).toMatchObject({ way: 'go install' });
    expect(lines.find((line) => line.startsWith('no CLI by download'))).toContain(expected);
  });

  it('does not leave a downloaded binary of the wrong version behind', async () => {
    const body = await archive('1.2.0');
    const site = await serve((_request, response) => response.end(body));
    await expect(find({ site })).rejects.toThrow('what came out is version 1.2.0');
    expect(existsSync(cached())).toBe(false);
    expect(readdirSync(dirname(cached()))).toEqual([]);
  });

  it('clears away what a killed predecessor left half done', async () => {
    mkdirSync(join(dirname(cached()), 'draft-abc'), { recursive: true });
    go();
    await find();
    expect(readdirSync(dirname(cached()))).toEqual(['temporal']);
  });

  it('ends in one error that names what was tried and the three ways out', async () => {
    go({ install: 'echo "go: no network" >&2; exit 1' });
    const message = await find().catch((error: Error) => error.message);
    expect(message).toContain('download: fetch failed');
    expect(message).toContain('go install: go install ended with 1: go: no network');
    for (const way of ['WAYBILL_TEMPORAL_CLI', 'TEMPORAL_ADDRESS', 'install Go']) expect(message).toContain(way);
  });

  it('says so when there is no Go either', async () => {
    await expect(find()).rejects.toThrow('go install: no `go` on the PATH');
  });
});

describe('progress of a build', () => {
  it('tells fetching from compiling, with the time gone by', () => {
    const fetching = [
      'go: downloading github.com/temporalio/cli v1.5.1',
      'go: downloading go.temporal.io/server v1.29.1',
    ];
    expect(describeBuild(fetching, 15_000)).toBe("building Temporal's CLI: 15 s, 2 modules fetched");
    expect(describeBuild([...fetching, 'internal/abi'], 30_000)).toBe(
      "building Temporal's CLI: 30 s, 1 packages compiled",
    );
  });
});
