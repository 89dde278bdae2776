import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Attestation } from '../api/attestations/schema.ts';
import { Attempt, Delivery } from '../api/deliveries/schema.ts';
import { parseTrustedKey } from '../attestation/verify/keys.ts';
import { parseSubmission } from '../attestation/verify/parse.ts';
import { verifyStatements } from '../attestation/verify/verify.ts';
import { readResources } from '../cli/resources.ts';
import { issue } from './attestation/verify/fake-authority.ts';
import { makeFakeSigstore } from './attestation/verify/fake-sigstore.ts';

const ROOT = join(import.meta.dirname, '..');
const IGNORED = /^(node_modules|dist|coverage|\.waybill)\//;
const DOCUMENTS = globSync('**/*.md', { cwd: ROOT, exclude: (name) => name === 'node_modules' || name === 'dist' })
  .filter((file) => !IGNORED.test(file))
  .sort();
const SCHEMAS = { Attestation, Attempt, Delivery };

type Block = { language: string; tag: string; text: string };
const FENCE = /^```(\w*) ?([^\n]*)\n([\s\S]*?)^```$/gm;
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const blocksOf = (file: string): Block[] =>
  [...read(file).matchAll(FENCE)].map(([, language = '', tag = '', text = '']) => ({ language, tag, text }));
const proseOf = (file: string): string => read(file).replace(FENCE, '');

describe.each(DOCUMENTS)('%s', (file) => {
  const below = (name: string) => globSync(`**/${name}`, { cwd: join(ROOT, dirname(file)) }).length > 0;
  /** From the document's folder or the root; a bare name may lie deeper, as in a table of subfolders. */
  const exists = (path: string) =>
    existsSync(join(ROOT, dirname(file), path)) ||
    existsSync(join(ROOT, path)) ||
    (!path.includes('/') && dirname(file) !== '.' && below(path));

  it('names only files and folders that exist', () => {
    const folders = new RegExp(`^(${globSync('*/', { cwd: ROOT }).join('|')})/`);
    const named = [...proseOf(file).matchAll(/`([\w.-]+(?:\/[\w.-]+)*\/?)`/g)].map((match) => match[1] ?? '');
    const paths = named.filter(
      (path) => /\w\.(ts|md|css|svg)$/.test(path) || (folders.test(path) && !path.includes('..')),
    );
    expect(paths.filter((path) => !exists(path))).toEqual([]);
  });

  it('links only to what exists', () => {
    const links = [...proseOf(file).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map((match) => match[1] ?? '');
    const relative = links.filter((link) => !/^[a-z]+:/i.test(link));
    expect(relative.filter((link) => !existsSync(join(ROOT, dirname(file), link)))).toEqual([]);
  });

  it('shows JSON that is JSON, and what is named by its type fits it', () => {
    for (const { tag, text } of blocksOf(file).filter(({ language }) => language === 'json')) {
      const value: unknown = JSON.parse(text);
      if (Object.hasOwn(SCHEMAS, tag)) SCHEMAS[tag as keyof typeof SCHEMAS].parse(value);
    }
  });

  it('shows resources and contracts that can be applied', () => {
    for (const { text } of blocksOf(file).filter(({ language }) => language === 'yaml'))
      if (/^(apiVersion|schemaVersion):/m.test(text)) expect(readResources(text, 'example.yaml').faults).toEqual([]);
  });
});

it('has example resources that can be applied', () => {
  const files = globSync('examples/resources/*.yaml', { cwd: ROOT });
  const resources = files.flatMap((file) => {
    const { faults, resources } = readResources(read(file), file);
    expect(faults).toEqual([]);
    return resources.map(({ kind, name }) => `${kind} ${name}`);
  });
  expect(resources.sort()).toEqual([
    'Attachment skynet-sboms',
    'Contract skynet-contract',
    'Destination dependency-track',
    'Pipeline skynet/release',
  ]);
});

it('has a template of trusted roots that can be applied once the certificates are put in', async () => {
  const authority = await issue(undefined, { isCa: true });
  const { profile } = await makeFakeSigstore('own');
  const text = read('examples/resources/trusted-root.yaml.template')
    .replaceAll(/-----BEGIN[\s\S]*?END CERTIFICATE-----/g, authority.pem.trim().replaceAll('\n', '\n    '))
    .replace(/\{ "mediaType".*/, JSON.stringify(TrustedRoot.toJSON(profile.trustedRoot)));
  const { faults, resources } = readResources(text, 'trusted-root.yaml');
  expect(faults).toEqual([]);
  expect(resources).toMatchObject([{ name: 'acme-ca' }, { name: 'acme-sigstore' }]);
});

const HAS_OPENSSL = spawnSync('sh', ['-c', 'command -v openssl']).status === 0;
if (!HAS_OPENSSL) console.warn('skipped: openssl is not there, so the shell of the README was not tried');

describe.skipIf(!HAS_OPENSSL)("the README's shell", () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-readme-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('signs, with nothing but openssl, what the verifier accepts', () => {
    const block = blocksOf('README.md').find(({ tag }) => tag === 'sign');
    const key = /^openssl genpkey .*$/m.exec(read('README.md'))?.[0];
    execFileSync('sh', ['-euc', `${key}\nopenssl pkey -in skynet.pem -pubout -out pub.pem\n${block?.text}`], {
      cwd: folder,
      stdio: 'pipe',
    });
    const trusted = parseTrustedKey('skynet-release', {
      publicKey: readFileSync(join(folder, 'pub.pem'), 'utf8'),
      projects: ['skynet'],
    });
    const sent = parseSubmission(readFileSync(join(folder, 'attestation.json')));
    if (!trusted.ok || !sent.ok) throw new Error('the key or the attestation was refused');
    const verified = verifyStatements(
      sent.statements,
      { keys: [trusted.key], profiles: [] },
      { project: 'skynet', pipeline: 'release', at: new Date(), threshold: 1 },
    );
    expect(verified.statements).toMatchObject([{ result: 'verified', signers: [{ name: 'skynet-release' }] }]);
  });
});
