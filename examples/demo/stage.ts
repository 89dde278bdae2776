import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Actor, ownSbom, type Ran, startActor, startWaybill, waybill } from './commands.ts';

const RESOURCES = fileURLToPath(new URL('../resources', import.meta.url));
const STAND_IN = fileURLToPath(new URL('../receivers/dependency-track-stand-in.ts', import.meta.url));
const PIPELINE = 'skynet/release';

/** A real Dependency-Track to deliver to instead of the stand-in. */
export type RealReceiver = { url: string; key: string };

/** Everything that the story needs, brought up and put in place. */
export type Stage = {
  dir: string;
  url: string;
  temporalUi: string | undefined;
  tokenFile: string;
  pipeline: string;
  env: NodeJS.ProcessEnv;
  files: { sbom: string; key: string; good: string; bare: string; artifact: string };
  receiver: { url: string; name: string };
  startReceiver(): Promise<void>;
  strike(): Promise<void>;
};

/** Sets the stage in `dir`, which is made anew. Says what it does; `strike` ends every process it started. */
export async function setStage(
  dir: string,
  real: RealReceiver | undefined,
  say: (line: string) => void,
): Promise<Stage> {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const path = (name: string) => join(dir, name);
  const actors: Actor[] = [];
  const receiverPort = await freePort();
  const receiverUrl = real?.url ?? `http://127.0.0.1:${receiverPort}`;
  const apiKey = real?.key ?? 'odt_demo';
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    WAYBILL_LOG_LEVEL: 'error',
    WAYBILL_TUF: 'off',
    WAYBILL_SECRET_DTRACK_API_KEY: apiKey,
  };

  const up = startWaybill(
    ['up', '--data', path('data'), '--port', '0', '--temporal-port', '0', '--temporal-ui-port', '0'],
    env,
    (line) => {
      if (/Temporal|download|build|install/i.test(line)) say(line.trim());
    },
  );
  actors.push(up);
  const strike = async () => {
    for (const actor of actors.reverse()) await actor.stop();
  };
  try {
    const { url, temporalUi } = (await up.message) as { url: string; temporalUi?: string };
    const tokenFile = path('data/admin-token');
    Object.assign(env, { WAYBILL_URL: url, WAYBILL_TOKEN: readFileSync(tokenFile, 'utf8').trim() });
    const files = await makeFiles(path, env);
    await applyResources(path, env, real ? 'http://127.0.0.1:1' : receiverUrl);
    const startReceiver = async () => {
      if (real) return applyResources(path, env, real.url);
      const actor = startActor(
        STAND_IN,
        ['--port', String(receiverPort), '--api-key', apiKey, '--import-ms', '500'],
        env,
        () => {},
      );
      actors.push(actor);
      await untilListening(receiverPort);
    };
    const name = real ? `the Dependency-Track at ${real.url}` : 'a small local stand-in for Dependency-Track';
    return {
      dir,
      url,
      temporalUi,
      tokenFile,
      pipeline: PIPELINE,
      env,
      files,
      receiver: { url: receiverUrl, name },
      startReceiver,
      strike,
    };
  } catch (error) {
    await strike();
    throw error;
  }
}

/** The SBOM of this very project, a key made on the spot, and two attestations signed with it. */
async function makeFiles(path: (name: string) => string, env: NodeJS.ProcessEnv): Promise<Stage['files']> {
  const files = {
    sbom: path('sbom.json'),
    key: path('skynet.pem'),
    good: path('good.json'),
    bare: path('bare.json'),
    artifact: path('app.txt'),
  };
  writeFileSync(files.sbom, await ownSbom());
  writeFileSync(files.artifact, 'the artifact that was built\n');
  const made = await must(waybill(['keys', 'generate', '--output', path('skynet'), '--project', 'skynet'], env));
  writeFileSync(path('trusted-key.yaml'), made.out);
  const attest = [
    'attest',
    '--key',
    files.key,
    '--subject',
    files.artifact,
    '--build-type',
    'https://actions.github.io/buildtypes/workflow/v1',
  ];
  const builder = ['--builder-id', 'https://github.com/actions/runner/github-hosted'];
  await must(
    waybill(
      [...attest, ...builder, '--material', `skynet-sbom=${files.sbom}:SBOM_CYCLONEDX_JSON`, '-o', files.good],
      env,
    ),
  );
  await must(waybill([...attest, ...builder, '-o', files.bare], env));
  return files;
}

/** The example resources, with the key that was just made and the receiver's address filled in. */
async function applyResources(
  path: (name: string) => string,
  env: NodeJS.ProcessEnv,
  receiverUrl: string,
): Promise<void> {
  const folder = path('resources');
  cpSync(RESOURCES, folder, { recursive: true });
  const fill = (name: string, from: string, change: (text: string) => string) =>
    writeFileSync(join(folder, name), change(readFileSync(join(folder, from), 'utf8')));
  fill('dependency-track.yaml', 'dependency-track.yaml', (text) =>
    text.replace(/url: http\S+/, `url: ${receiverUrl}`).replace(/stuckAfter: \S+/, 'stuckAfter: 4s'),
  );
  cpSync(path('trusted-key.yaml'), join(folder, 'trusted-key.yaml'));
  // The receiver is away at first: that is what the demonstration is about.
  await must(waybill(['apply', '-f', folder, '--no-test'], env));
}

async function must(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  const { code, out, err } = ran;
  if (code !== 0) throw new Error(`a command of the stage ended with ${code}:\n${out}${err}`);
  return ran;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/version`).catch(() => undefined);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the receiver did not come up on port ${port}`);
}
