import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { extract } from 'tar';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SYSTEM } from '../../db/verbs.ts';
import { sha256Of } from '../support/envelopes.ts';
import { CONTRACT, type EvidenceWorld, SBOM, worldWithEvidence } from './evidence-world.ts';

const MAIN = new URL('../../bin/main.ts', import.meta.url).pathname;

type Manifest = {
  format: string;
  files: { path: string; size: number; sha256: string }[];
  missing: { what: string; code?: string; reason: string }[];
};

const exporting = ({ run, id }: EvidenceWorld, file: string, token?: string, ...more: string[]) =>
  run(['get', 'attestation', id, '--export', file, ...more], token ? { env: { WAYBILL_TOKEN: token } } : {});

async function unpack({ folder, id }: EvidenceWorld, file: string) {
  const into = join(folder, `unpacked-${file}`);
  mkdirSync(into);
  await extract({ file: join(folder, file), cwd: into });
  expect(readdirSync(into)).toEqual([id]);
  const read = (path: string) => readFileSync(join(into, id, path));
  const json = (path: string) => JSON.parse(read(path).toString('utf8'));
  return { read, json, manifest: json('manifest.json') as Manifest, folder: join(into, id) };
}

/** What nothing of an export may be left of. */
const leftovers = ({ folder }: EvidenceWorld) => readdirSync(folder).filter((name) => name.includes('.tar.gz'));

/** Passes everything on to the real API, but answers materials by itself. */
async function withMaterials(url: string, answer: (write: (bytes: Buffer, length?: number) => void) => void) {
  const server = createServer(async (request, response) => {
    if (request.url?.includes('/materials/')) {
      answer((bytes, length = bytes.length) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': length });
        response.write(bytes, () => (length === bytes.length ? response.end() : response.destroy()));
      });
      return;
    }
    const { authorization = '' } = request.headers;
    const real = await fetch(new URL(request.url ?? '', url), { headers: { authorization } });
    response.writeHead(real.status, { 'content-type': real.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await real.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('get attestation --export', () => {
  it('takes home everything on record, each file with its digest', async () => {
    const world = await worldWithEvidence();
    const ran = await exporting(world, 'evidence.tar.gz');
    expect(ran).toMatchObject({ exit: 0, out: '' });
    expect(ran.err).toContain('Not in it: material "scan" (SARIF): only its digest was signed');
    const { read, json, manifest } = await unpack(world, 'evidence.tar.gz');
    for (const { path, size, sha256 } of manifest.files)
      expect([path, read(path).length, sha256Of(read(path))]).toEqual([path, size, sha256]);
    const { items } = JSON.parse((await world.run(['get', 'verdict-keys', '--json'])).out);
    expect(manifest).toMatchObject({ format: 'waybill-evidence/1', attestation: world.id, verdict: 'accepted' });
    expect(manifest.files.map(({ path }) => path)).toEqual([
      'README.txt',
      'attestation.json',
      'contracts/contract.1.yaml',
      `deliveries/${world.delivery}.json`,
      'judgements/1.json',
      'judgements/1.vsa.json',
      'judgements/2.json',
      'judgements/2.vsa.json',
      'keys/signers/release.json',
      'keys/signers/release.pem',
      `keys/verdict/${items[0].id}.pem`,
      `materials/${sha256Of(SBOM)}`,
      `statements/${world.statement}.json`,
    ]);
    expect(read(`statements/${world.statement}.json`).toString()).toBe(world.envelope);
    expect(read(`materials/${sha256Of(SBOM)}`)).toEqual(SBOM);
    expect(read('contracts/contract.1.yaml').toString()).toBe(CONTRACT);
    expect(json('judgements/1.json')).toMatchObject({ verdict: 'rejected' });
    expect(json(`deliveries/${world.delivery}.json`)).toMatchObject({
      delivery: { destination: 'hook', state: 'waiting' },
      attempts: [
        { n: 1, bodyHead: 'no healthy upstream' },
        { n: 2, status: 503 },
      ],
    });
  });

  it('says how to check it, with commands that hold', async () => {
    const world = await worldWithEvidence();
    await exporting(world, 'evidence.tar.gz');
    const { read, folder } = await unpack(world, 'evidence.tar.gz');
    const readme = read('README.txt').toString();
    const commands = [...readme.matchAll(/^ {2}waybill (verify .*)$/gm)].map(([, command = '']) => command.split(' '));
    expect(commands).toHaveLength(3);
    for (const command of commands)
      expect(await world.run(command, { cwd: folder })).toMatchObject({ exit: 0, err: '' });
    expect(readme).toContain('sha256sum --check');
  });

  it('makes the same bytes of the same evidence', async () => {
    const world = await worldWithEvidence();
    await exporting(world, 'a.tar.gz');
    const umask = process.umask(0o077);
    await exporting(world, 'b.tar.gz').finally(() => process.umask(umask));
    expect(sha256Of(readFileSync(join(world.folder, 'b.tar.gz')))).toBe(
      sha256Of(readFileSync(join(world.folder, 'a.tar.gz'))),
    );
  });

  it('says which attempts are not kept any more', async () => {
    const world = await worldWithEvidence();
    const later = '2100-01-01T00:00:00.000Z';
    await world.db.deliveries.skip(world.delivery, { by: SYSTEM, at: later, reason: 'retired' });
    expect(await world.db.upkeep.removeAttempts({ before: later, limit: 9 })).toEqual({ removed: 1, next: null });
    const ran = await exporting(world, 'evidence.tar.gz');
    expect(ran.err).toContain(`attempts 1 to 1 of delivery ${world.delivery}: they are older than attempts are kept`);
    const { json, manifest } = await unpack(world, 'evidence.tar.gz');
    expect(manifest.missing).toContainEqual(expect.objectContaining({ code: 'attempts.removed' }));
    expect(json(`deliveries/${world.delivery}.json`)).toMatchObject({ attempts: [{ n: 2 }] });
    expect((await world.run(['deliveries', 'attempts', world.delivery])).err).toBe(
      'An older attempt is not kept any more.\n',
    );
  });

  it('names what the token may not read, and why, instead of failing', async () => {
    const world = await worldWithEvidence();
    const ran = await exporting(world, 'evidence.tar.gz', await world.sender());
    expect(ran.exit).toBe(0);
    const { manifest } = await unpack(world, 'evidence.tar.gz');
    expect(manifest.missing).toMatchObject([
      { what: 'contract contract, revision 1', code: 'role.insufficient' },
      { what: 'material "skynet-sbom" (SBOM_CYCLONEDX_JSON)', code: 'bytes.not-yours' },
      { what: 'material "scan" (SARIF)', code: 'bytes.absent' },
      { what: 'deliveries', code: 'role.insufficient' },
      { what: 'trusted key release', code: 'role.insufficient' },
    ]);
    expect(manifest.files.map(({ path }) => path)).toContain('judgements/2.vsa.json');
    for (const { what } of manifest.missing) expect(ran.err).toContain(`Not in it: ${what}`);
  });

  it('says so when another key has the name of the one that signed', async () => {
    const world = await worldWithEvidence();
    const [verification] = world.judge.verification ?? [];
    const [signer] = verification?.signers ?? [];
    if (signer?.kind === 'key') signer.fingerprint = 'e'.repeat(64);
    world.judge.verdict = 'rejected';
    writeFileSync(join(world.folder, 'att.json'), world.envelope.replace('{', '{ '));
    const sent = await world.run(['submit', 'att.json', '--pipeline', 'skynet/release', '--json']);
    const { id } = JSON.parse(sent.out) as { id: string };
    const ran = await exporting({ ...world, id }, 'evidence.tar.gz');
    expect(ran.err).toContain('Not in it: trusted key release: signed by the key eeee');
  });

  it('leaves nothing behind when bytes come damaged or cut', async () => {
    const world = await worldWithEvidence();
    const flipped = Buffer.from(SBOM);
    flipped[3] = 0x21;
    const damaged = await withMaterials(world.url, (write) => write(flipped));
    const ran = await exporting(world, 'evidence.tar.gz', undefined, '--url', damaged);
    expect(ran).toMatchObject({ exit: 3, out: '' });
    expect(ran.err).toContain('evidence.damaged: material "skynet-sbom" (SBOM_CYCLONEDX_JSON) did not come as');
    expect(leftovers(world)).toEqual([]);

    const cut = await withMaterials(world.url, (write) => write(SBOM.subarray(0, 9), SBOM.length));
    const second = await exporting(world, 'evidence.tar.gz', undefined, '--url', cut);
    expect(second).toMatchObject({ exit: 3, out: '' });
    expect(second.err).toContain('Could not reach Waybill');
    expect(leftovers(world)).toEqual([]);
  });

  it('gives up on a server that falls silent', async () => {
    const world = await worldWithEvidence();
    const silent = await withMaterials(world.url, () => {});
    const ran = await exporting(world, 'evidence.tar.gz', undefined, '--url', silent, '--timeout', '0.5');
    expect(ran).toMatchObject({ exit: 3, out: '' });
    expect(ran.err).toContain('no answer in time');
    expect(leftovers(world)).toEqual([]);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const world = await worldWithEvidence();
    const asked = new EventEmitter();
    const silent = await withMaterials(world.url, () => asked.emit('asked'));
    const isAsked = once(asked, 'asked');
    const child = spawn(
      process.execPath,
      [MAIN, 'get', 'attestation', world.id, '--export', 'evidence.tar.gz', '--url', silent],
      { cwd: world.folder, env: { ...process.env, WAYBILL_TOKEN: world.token }, stdio: 'ignore' },
    );
    const ended = once(child, 'exit');
    await isAsked;
    expect(leftovers(world)).toHaveLength(1);
    child.kill('SIGINT');
    expect(await ended).toEqual([null, 'SIGINT']);
    expect(leftovers(world)).toEqual([]);
  });

  it('replaces a file only with --force, and needs a folder that is there', async () => {
    const world = await worldWithEvidence();
    writeFileSync(join(world.folder, 'evidence.tar.gz'), 'mine');
    const refused = await exporting(world, 'evidence.tar.gz');
    expect(refused).toMatchObject({ exit: 2, err: 'evidence.tar.gz exists.\n  Replace it with --force.\n' });
    expect(readFileSync(join(world.folder, 'evidence.tar.gz'), 'utf8')).toBe('mine');
    expect((await exporting(world, 'evidence.tar.gz', undefined, '--force')).exit).toBe(0);
    expect(statSync(join(world.folder, 'evidence.tar.gz')).size).toBeGreaterThan(1000);
    const nowhere = await exporting(world, 'no/such/evidence.tar.gz');
    expect(nowhere).toMatchObject({ exit: 3, err: 'Could not write no/such/evidence.tar.gz: ENOENT.\n' });
    const unknown = await exporting({ ...world, id: 'att_none' }, 'none.tar.gz');
    expect(unknown).toMatchObject({ exit: 1 });
    expect(leftovers(world)).toEqual(['evidence.tar.gz']);
  });
});
