import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeFakeSigstore } from '../attestation/verify/fake-sigstore.ts';
import { makeEnvelope, makeStatement, sha256Of } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';
import { run, temporaryFolder } from './world.ts';

const sigstore = await makeFakeSigstore('fake');
const stranger = await makeFakeSigstore('stranger');
const content = Buffer.from('the released file');
const WHO = [
  '--certificate-identity',
  'https://ci.example.com/job',
  '--certificate-oidc-issuer',
  'https://issuer.example.com',
];

const released = async () => {
  const cwd = temporaryFolder();
  const write = (name: string, value: unknown) =>
    writeFileSync(join(cwd, name), Buffer.isBuffer(value) || typeof value === 'string' ? value : JSON.stringify(value));
  write('app.tgz', content);
  write('other.tgz', 'something else');
  write('root.json', TrustedRoot.toJSON(sigstore.profile.trustedRoot));
  write('stranger.json', TrustedRoot.toJSON(stranger.profile.trustedRoot));
  write('signature.json', await sigstore.makeMessage(content));
  const statement = makeStatement({ subject: [{ name: 'app.tgz', digest: { sha256: sha256Of(content) } }] });
  write('statement.json', await sigstore.makeBundle({ statement }));
  return { cwd, write, verify: (...args: string[]) => run(['verify', ...args], { cwd }) };
};

describe('waybill verify FILE --bundle', () => {
  const root = ['--trusted-root', 'root.json'];
  const digest = `sha256:${sha256Of(content)}`;

  it.each(['signature.json', 'statement.json'])('verifies a file, or its digest, by %s', async (bundle) => {
    const { verify, cwd } = await released();
    for (const artifact of ['app.tgz', digest, digest.toUpperCase().replace('SHA256', 'sha256')])
      expect(await verify(artifact, '--bundle', bundle, ...WHO, ...root)).toMatchObject({ exit: 0, err: '' });
    const suite = ['verify-bundle', '--bundle', bundle, ...WHO, ...root, 'app.tgz'];
    expect(await run(suite, { cwd })).toMatchObject({ exit: 0, err: '' });
  });

  it.each(['signature.json', 'statement.json'])('shows who signed, when, and who proves it: %s', async (bundle) => {
    const { verify } = await released();
    const { out } = await verify('app.tgz', '--bundle', bundle, ...WHO, ...root);
    expect(out).toContain('✓ verified: https://ci.example.com/job (https://issuer.example.com)\n');
    expect(out).toContain('proven by the log https://log.example.com\n');
    expect(out).toMatch(
      /passed +readable, certificate chain, certificate log, transparency log, signature, time, identity/,
    );
    const refused = await verify('app.tgz', '--bundle', bundle, ...WHO, '--trusted-root', 'stranger.json');
    expect(refused.out).toContain('✗ refused: nobody who is known for certain\n');
    expect(refused.out).toMatch(/failed +certificate chain: The certificate does not end in this root/);
    expect(refused.out).toMatch(/not reached +certificate log, transparency log, signature, time, identity/);
    const json = JSON.parse((await verify('app.tgz', '--bundle', bundle, ...WHO, ...root, '--json')).out);
    expect(json.statements[0].signatures[0]).toMatchObject({ outcome: 'verified', time: { provenBy: 'log' } });
  });

  it.each(['signature.json', 'statement.json'])('refuses with 1 and the reason: %s', async (bundle) => {
    const { verify } = await released();
    const refused = async (reason: string, ...args: string[]) => {
      const ran = await verify(...args, '--bundle', bundle);
      expect(ran).toMatchObject({ exit: 1, err: expect.stringContaining(reason) });
    };
    await refused('artifact.mismatch', 'other.tgz', ...WHO, ...root);
    await refused('artifact.mismatch', `sha256:${'0'.repeat(64)}`, ...WHO, ...root);
    await refused('bundle.', 'app.tgz', ...WHO, '--trusted-root', 'stranger.json');
    await refused('bundle.', 'app.tgz', ...WHO);
    for (const [at, wrong] of [
      [1, 'https://ci.example.com/jo'],
      [1, 'https://ci.example.com/job2'],
      [3, 'https://issuer.example.co'],
    ] as const)
      await refused('signer.undeclared', 'app.tgz', ...WHO.with(at, wrong), ...root);
  });

  it('calls wrong usage 2: what is missing, unreadable or at odds', async () => {
    const { verify, write } = await released();
    write('broken.json', '{}');
    write('deep.yaml', `a: ${'['.repeat(2 ** 20)}`);
    for (const args of [
      ['app.tgz', '--bundle', 'signature.json'],
      ['app.tgz', '--bundle', 'signature.json', ...WHO.slice(0, 2)],
      ['app.tgz', '--bundle', 'absent.json', ...WHO],
      ['absent.tgz', '--bundle', 'signature.json', ...WHO],
      ['sha256:12', '--bundle', 'signature.json', ...WHO],
      ['app.tgz', '--bundle', 'signature.json', ...WHO, '--trusted-root', 'broken.json'],
      ['app.tgz', '--bundle', 'signature.json', ...WHO, '--trusted-root', 'deep.yaml'],
      ['app.tgz', '--bundle', 'signature.json', '--policy', 'broken.json'],
      ['statement.json', ...WHO, '--material', 'a=b'],
    ])
      expect((await verify(...args)).exit, args.join(' ')).toBe(2);
  });

  it('refuses with 1 a bundle that is none, as JSON too', async () => {
    const { verify, write } = await released();
    write('none.json', '{"a":1}');
    write('text.json', 'no JSON');
    write('half.json', { ...(await sigstore.makeMessage(content)), verificationMaterial: { certificate: 1 } });
    for (const [bundle, code] of [
      ['none.json', 'submission.shape'],
      ['text.json', 'json.invalid'],
      ['half.json', 'bundle.shape'],
    ] as const) {
      const ran = await verify('app.tgz', '--bundle', bundle, ...WHO, '--json');
      expect(ran).toMatchObject({ exit: 1, err: expect.stringContaining(code) });
      expect(JSON.parse(ran.out)).toMatchObject({ statements: [], checks: [{ code, outcome: 'failed' }] });
    }
  });

  it('takes what a digest is not for a file, where there is one', async () => {
    const { verify, write } = await released();
    write('sha256:app', content);
    const args = ['--bundle', 'signature.json', ...WHO, ...root];
    expect((await verify('sha256:app', ...args)).exit).toBe(0);
    write(digest, 'something else');
    expect((await verify(digest, ...args)).out).toContain('verified');
  });

  it('takes JSON Lines, each of which must be about the file', async () => {
    const { cwd, verify, write } = await released();
    const line = readFileSync(join(cwd, 'statement.json'), 'utf8');
    const sbom = makeStatement({
      subject: [{ name: 'app.tgz', digest: { sha256: sha256Of(content) } }],
      predicateType: 'https://cyclonedx.org/bom',
    });
    const elsewhere = makeStatement({ subject: [{ name: 'b', digest: { sha256: sha256Of('something else') } }] });
    const more = async (statement: Record<string, unknown>) =>
      write('lines.jsonl', `${line}\n${JSON.stringify(await sigstore.makeBundle({ statement }))}\n`);
    await more(sbom);
    expect((await verify('app.tgz', '--bundle', 'lines.jsonl', ...WHO, ...root)).exit).toBe(0);
    await more(elsewhere);
    expect(await verify('app.tgz', '--bundle', 'lines.jsonl', ...WHO, ...root)).toMatchObject({
      exit: 1,
      err: expect.stringContaining('artifact.mismatch'),
    });
  });

  it('says which keys were tried, in words of the command line', async () => {
    const { verify, write } = await released();
    write('attestation.json', makeEnvelope(makeKey('ed25519')));
    write('other.pub.pem', makeKey('ed25519').publicPem);
    const ran = await verify('attestation.json', '--key', 'other.pub.pem');
    expect(ran.err).toContain('signature.unknown-key: None of the keys that were given made this signature: other.');
    expect(ran.out + ran.err).not.toContain('offline');
  });

  it('reads the file, or the statement, from standard input', async () => {
    const { cwd } = await released();
    const piped = (stdin: Buffer, ...args: string[]) => run(['verify', '-', ...args, ...WHO, ...root], { cwd, stdin });
    for (const bundle of ['signature.json', 'statement.json']) {
      expect((await piped(content, '--bundle', bundle)).exit).toBe(0);
      expect((await piped(Buffer.from('else'), '--bundle', bundle)).exit).toBe(1);
    }
    expect((await piped(readFileSync(join(cwd, 'statement.json')))).exit).toBe(0);
    expect((await piped(Buffer.alloc(0))).exit).toBe(1);
  });

  it('takes a key as PEM or as JWK, and no other key', async () => {
    const { verify, write } = await released();
    const key = makeKey('ecdsa-p256-sha256');
    write('by-key.json', await sigstore.makeMessage(content, { key, logged: false }));
    write('key.pub', key.publicPem);
    write('key.jwk', key.publicKey.export({ format: 'jwk' }));
    write('other.jwk', makeKey('ecdsa-p256-sha256').publicKey.export({ format: 'jwk' }));
    write('secret.jwk', key.privateKey.export({ format: 'jwk' }));
    const exits = ['key.pub', 'key.jwk', 'other.jwk', 'secret.jwk', 'app.tgz'].map(
      async (name) => (await verify('app.tgz', '--bundle', 'by-key.json', '--key', name)).exit,
    );
    expect(await Promise.all(exits)).toEqual([0, 0, 1, 2, 2]);
  });

  it('takes the TrustedRoot that a server is given, with what it asks for', async () => {
    const { verify, write } = await released();
    const trustedRoot = TrustedRoot.toJSON(sigstore.profile.trustedRoot);
    const resource = (require: object) => {
      const spec = { kind: 'sigstore', trustedRoot, require };
      return stringify({ apiVersion: 'waybill.dev/v1', kind: 'TrustedRoot', metadata: { name: 'ours' }, spec });
    };
    write('ours.yaml', resource({}));
    write('twice.yaml', resource({ log: 2 }));
    write('scoped.yaml', resource({}).replace('spec:', 'spec:\n  projects: [skynet]'));
    write('other.yaml', 'kind: TrustedKey\n');
    const judged = (file: string) =>
      verify('app.tgz', '--bundle', 'statement.json', ...WHO, '--trusted-root', file, '--json');
    const ran = await judged('ours.yaml');
    expect(JSON.parse(ran.out)).toMatchObject({ statements: [{ signers: [{ profile: 'ours' }] }] });
    expect(ran.exit).toBe(0);
    expect((await judged('scoped.yaml')).exit).toBe(0);
    expect((await judged('twice.yaml')).exit).toBe(1);
    expect((await judged('other.yaml')).exit).toBe(2);
  });

  it('does not take a certificate, however good, where only a key is asked for', async () => {
    const { verify, write } = await released();
    write('key.pub.pem', makeKey('ecdsa-p256-sha256').publicPem);
    for (const bundle of ['signature.json', 'statement.json']) {
      const ran = await verify('app.tgz', '--bundle', bundle, '--key', 'key.pub.pem', ...root);
      expect(ran).toMatchObject({ exit: 1, err: expect.stringContaining('signer.undeclared') });
      expect(ran.out + ran.err).not.toContain('undefined');
    }
  });

  it('tells who signed, when, and each check, as JSON', async () => {
    const { verify } = await released();
    const ran = await verify('app.tgz', '--bundle', 'signature.json', ...WHO, ...root, '--json');
    expect(JSON.parse(ran.out)).toMatchObject({
      statements: [{ result: 'verified', provenAt: sigstore.loggedAt.toISOString(), signers: [{ san: WHO[1] }] }],
      checks: [{ code: 'signature.valid', outcome: 'passed' }],
    });
  });
});

describe("npm's pair of attestations", () => {
  const pair = readFileSync('test/attestation/verify/npm-pair.json');
  const contract = (repository: string) => `schemaVersion: v1
signers:
  - { issuer: "keys:npm", san: "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA" }
  - { issuer: https://token.actions.githubusercontent.com, repository: ${repository} }
`;

  it('is verified by a contract that names the registry and the repository, and by no other', async () => {
    const { verify, write } = await released();
    write('npm.json', pair);
    write('right.yaml', contract('https://github.com/trishankatdatadog/supreme-goggles'));
    write('wrong.yaml', contract('https://github.com/trishankatdatadog/supreme-goggle'));
    expect((await verify('npm.json', '--policy', 'right.yaml')).exit).toBe(0);
    expect(await verify('npm.json', '--policy', 'wrong.yaml')).toMatchObject({
      exit: 1,
      err: expect.stringContaining('signer.undeclared'),
    });
  });
});

describe('waybill verify ATTESTATION --policy', () => {
  const key = makeKey('ed25519');
  const policed = async (contract: string) => {
    const world = await released();
    world.write('release.pub.pem', key.publicPem);
    world.write('attestation.json', makeEnvelope(key));
    world.write('contract.yaml', contract);
    return (...args: string[]) => world.verify('attestation.json', '--policy', 'contract.yaml', ...args);
  };

  it('says what the contract says: the signer by the name of the key file', async () => {
    const verify = await policed('schemaVersion: v1\nsigners: [{ key: release }]\n');
    expect(await verify('--key', 'release.pub.pem')).toMatchObject({ exit: 0, err: '' });
    expect(await verify()).toMatchObject({ exit: 1, err: expect.stringContaining('signature.unknown-key') });
  });

  it('refuses what the contract refuses', async () => {
    const signers = await policed('schemaVersion: v1\nsigners: [{ key: somebody-else }]\n');
    expect(await signers('--key', 'release.pub.pem')).toMatchObject({
      exit: 1,
      err: expect.stringContaining('signer.undeclared'),
    });
    const materials = await policed('schemaVersion: v1\nmaterials: [{ type: SBOM_CYCLONEDX_JSON, name: sbom }]\n');
    expect(await materials('--key', 'release.pub.pem')).toMatchObject({
      exit: 1,
      err: expect.stringContaining('material.missing'),
    });
    const twice = await policed('schemaVersion: v1\nverification: { threshold: 2 }\n');
    expect((await twice('--key', 'release.pub.pem')).exit).toBe(1);
  });

  it('evaluates the rules of the contract, and counts its exceptions', async () => {
    const rule = (expr: string) => policed(`schemaVersion: v1\nrules: [{ name: subjects, expr: "${expr}" }]\n`);
    expect((await (await rule('statement.subject.size() > 0'))('--key', 'release.pub.pem')).exit).toBe(0);
    expect(await (await rule('statement.subject.size() > 99'))('--key', 'release.pub.pem')).toMatchObject({
      exit: 1,
      err: expect.stringContaining('rule.failed'),
    });
    const excused = await policed(
      'schemaVersion: v1\nverification: { threshold: 2 }\nexceptions: [{ check: signer.threshold, until: 2999-01-01, reason: a, approvedBy: b }]\n',
    );
    expect((await excused('--key', 'release.pub.pem')).exit).toBe(0);
  });

  it('calls a contract that is none wrong usage', async () => {
    const verify = await policed('schemaVersion: v1\nrunnr: {}\n');
    expect((await verify('--key', 'release.pub.pem')).exit).toBe(2);
  });
});
