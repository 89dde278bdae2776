import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeEnvelope } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';
import { startStub } from './stub-server.ts';
import { run, startWorld, temporaryFolder } from './world.ts';

async function worldWithPipeline() {
  const world = await startWorld();
  writeFileSync(join(world.folder, 'contract.yaml'), 'schemaVersion: v1\n');
  writeFileSync(
    join(world.folder, 'pipeline.yaml'),
    'apiVersion: waybill.dev/v1\nkind: Pipeline\nmetadata: { name: skynet/release }\nspec: { contract: contract }\n',
  );
  await world.run(['apply', '-f', '.']);
  writeFileSync(join(world.folder, 'att.json'), JSON.stringify(makeEnvelope(makeKey())));
  return world;
}
const SUBMIT = ['submit', 'att.json', '--pipeline', 'skynet/release'];

describe('submit', () => {
  it('gates on the verdict: 0 accepted, and again with the same id', async () => {
    const world = await worldWithPipeline();
    world.judge.verdict = 'accepted';
    const first = await world.run(SUBMIT);
    expect(first).toMatchObject({ exit: 0, err: '' });
    expect(first.out).toMatch(/^accepted {2}att_[0-9a-f]{32}\n/);
    expect((await world.run([...SUBMIT, '--json'])).out).toContain(first.out.slice(10, 46));
  });

  it('ends with 1 when it is rejected, with every failed check and what to do', async () => {
    const world = await worldWithPipeline();
    world.judge.verdict = 'rejected';
    world.judge.checks = [
      { code: 'signature.valid', outcome: 'passed', message: 'Signed.' },
      {
        code: 'material.missing',
        outcome: 'failed',
        message: 'No material "skynet-sbom".',
        remedy: 'Send it along.',
        contractLine: 4,
      },
    ];
    const ran = await world.run(SUBMIT);
    expect(ran.exit).toBe(1);
    expect(ran.out).toContain(
      '✗ material.missing: No material "skynet-sbom". (contract line 4)\n      Send it along.\n',
    );
    expect(ran.out).not.toContain('signature.valid');
    const json = await world.run([...SUBMIT, '--json']);
    expect(json.exit).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ verdict: 'rejected', checks: [{}, { code: 'material.missing' }] });
  });

  it('asks again while nobody judged, says so, and takes the verdict that comes', async () => {
    const world = await worldWithPipeline();
    const waits: number[] = [];
    const ran = await world.run(SUBMIT, {
      onSleep: (ms) => {
        if (waits.push(ms) === 2) world.judge.verdict = 'accepted';
      },
    });
    expect(ran.exit).toBe(0);
    expect(waits).toEqual([5000, 5000]);
    expect(ran.err).toContain('Not judged yet; asking again in 5 s');
  });

  it('ends with 3, not with 1, when the patience is over and nobody judged', async () => {
    const world = await worldWithPipeline();
    const ran = await world.run([...SUBMIT, '--wait', '12']);
    expect(ran).toMatchObject({ exit: 3, out: '' });
    expect(ran.err).toContain('attestation.undecided: No verdict in time.');
  });

  it('returns at once with --async', async () => {
    const world = await worldWithPipeline();
    const ran = await world.run([...SUBMIT, '--async']);
    expect(ran).toMatchObject({ exit: 0, err: '' });
    expect(ran.out).toContain('recorded, not judged yet');
  });

  it('streams materials as parts under their names, byte for byte', async () => {
    const world = await worldWithPipeline();
    world.judge.verdict = 'accepted';
    const sbom = Buffer.from('{"bomFormat":"CycloneDX"}\r\n\u0000\u00ff');
    writeFileSync(join(world.folder, 'sbom.json'), sbom);
    const ran = await world.run([...SUBMIT, '--material', 'skynet-sbom=sbom.json']);
    expect(ran).toMatchObject({ exit: 0, err: '' });
    const sha256 = createHash('sha256').update(sbom).digest('hex');
    expect(await world.db.blobs.find('skynet', { sha256 })).toMatchObject({ size: sbom.length });
  });

  it('sends one file as it is, several as parts, and what was asked for as a preference', async () => {
    const { url, seen } = await startStub(() => ({ status: 200, body: { id: 'att_1', verdict: 'accepted' } }));
    const world = await worldWithPipeline();
    const env = { WAYBILL_URL: url };
    await run([...SUBMIT, '--wait', '40'], { cwd: world.folder, env });
    await run(['submit', 'att.json', 'att.json', '--pipeline', 'skynet/release'], { cwd: world.folder, env });
    expect(seen[0]).toMatchObject({
      method: 'POST',
      path: '/v1/pipelines/skynet/release/attestations',
      headers: { 'content-type': 'application/json', prefer: 'wait=40' },
    });
    expect(JSON.parse(seen[0]?.body ?? '')).toHaveProperty('payloadType');
    expect(seen[1]?.headers['content-type']).toMatch(/^multipart\/form-data/);
    expect(seen[1]?.body.match(/; name="attestation"/g)).toHaveLength(2);
  });

  it('attest --submit signs and sends the envelope with its materials in one go', async () => {
    const world = await worldWithPipeline();
    world.judge.verdict = 'accepted';
    await world.run(['keys', 'generate', '-o', 'release']);
    writeFileSync(join(world.folder, 'sbom.json'), '{}');
    const attest = [
      'attest',
      '--key',
      'release.pem',
      '--subject',
      'att.json',
      '--material',
      'skynet-sbom=sbom.json:SBOM_CYCLONEDX_JSON',
    ];
    const about = ['--build-type', 'https://example.com/build', '--builder-id', 'https://example.com/builder'];
    const ran = await world.run([...attest, ...about, '--submit', 'skynet/release', '--json', '-o', 'new.json']);
    expect(ran).toMatchObject({ exit: 0, err: '' });
    const { id } = JSON.parse(ran.out);
    expect(await world.db.attestations.get(id)).toMatchObject({
      project: 'skynet',
      statements: [{ size: expect.any(Number) }],
    });
    expect(
      await world.db.blobs.find('skynet', { sha256: createHash('sha256').update('{}').digest('hex') }),
    ).toBeDefined();
    const again = await world.run(['submit', 'new.json', '--pipeline', 'skynet/release', '--json']);
    expect(JSON.parse(again.out).id).toBe(id);
  });

  it('takes an answer that comes before everything is sent', async () => {
    const server = createServer((request, response) => {
      request.once('data', () => {
        response.writeHead(413, { 'content-type': 'application/problem+json' });
        response.end(JSON.stringify({ code: 'body.too-large', detail: 'expected less' }));
        request.resume();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'att.json'), Buffer.alloc(20_000_000));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ran = await run(SUBMIT, { cwd: folder, env: { WAYBILL_URL: url } });
    expect(ran.exit).toBe(1);
    expect(ran.err).toContain('body.too-large: expected less');
  });

  it('ends with 3 where nobody listens or the connection breaks', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'att.json'), Buffer.alloc(5_000_000));
    const server = createServer((request) => request.once('data', () => request.socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    for (const url of ['http://127.0.0.1:1', `http://127.0.0.1:${port}`]) {
      const ran = await run(SUBMIT, { cwd: folder, env: { WAYBILL_URL: url } });
      expect(ran.exit).toBe(3);
      expect(ran.err).toContain('Could not reach Waybill');
    }
  });

  it('shows no control characters of what a sender wrote', async () => {
    const nasty = 'a\u001b[2Jb\u202ec\u0007';
    const { url } = await startStub(() => ({
      status: 422,
      body: {
        code: 'attestation.rejected',
        id: 'att_1',
        verdict: 'rejected',
        checks: [{ code: 'x', outcome: 'failed', message: nasty }],
      },
    }));
    const world = await worldWithPipeline();
    const ran = await run(SUBMIT, { cwd: world.folder, env: { WAYBILL_URL: url }, isTerminal: true });
    expect(ran.out).toContain('a\uFFFD[2Jb\uFFFDc\uFFFD');
    for (const character of ['\u202e', '\u0007', '\u001b[2J']) expect(ran.out).not.toContain(character);
  });
});
