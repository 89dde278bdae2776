import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBuiltInReader } from '../../../activities/roots/kept.ts';
import { createMirrors, type Mirrors } from '../../../activities/roots/mirrors.ts';
import { openBuiltInRoots } from '../../../activities/roots/roots.ts';
import { builtInProfiles } from '../../../attestation/verify/profiles.ts';
import { shipped, TRUSTED_ROOT } from '../../../attestation/verify/published.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { makeFakeSigstore } from '../../attestation/verify/fake-sigstore.ts';
import { receive } from '../../support/envelopes.ts';
import { makeSigner, startTufRepository, type TufRepository } from '../../support/tuf-repository.ts';

const seeds = shipped();
const now = new Date('2026-12-24T18:00:00.000Z');
const later = new Date('2027-01-24T18:00:00.000Z');
const patient = () => AbortSignal.timeout(20_000);

let dir: string;
let sigstore: TufRepository;
let github: TufRepository;
let mirrors: Mirrors;
const undo: (() => unknown)[] = [];

beforeEach(async () => {
  dir = join(mkdtempSync(join(tmpdir(), 'waybill-roots-')), 'tuf');
  [sigstore, github] = await Promise.all([startTufRepository(), startTufRepository()]);
  sigstore.publish(seeds.sigstore.files);
  github.publish(seeds.github.files);
  mirrors = { sigstore: sigstore.mirror, github: github.mirror };
  undo.push(
    () => rmSync(join(dir, '..'), { recursive: true, force: true }),
    () => sigstore.close(),
    () => github.close(),
  );
});
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

/** A worker's roots, with what it logged. */
const open = (at = now) => {
  const lines: string[] = [];
  const write = (level: string) => (detail: object) => {
    const { code, publisher } = detail as { code: string; publisher: string };
    lines.push(`${level} ${code} ${publisher}`);
  };
  const log = { info: write('info'), warn: write('warn'), error: write('error') };
  return { lines, ...openBuiltInRoots({ dir, clock: () => at, log }) };
};
const origins = ({ current }: Pick<ReturnType<typeof open>, 'current'>) => {
  const { sigstore, github } = current();
  return [sigstore.origin, github.origin];
};
/** GitHub's root as it could become: without its oldest authority. */
const nextRoot = (): string => {
  const root = JSON.parse(seeds.github.files[TRUSTED_ROOT] ?? '');
  return JSON.stringify({ ...root, certificateAuthorities: root.certificateAuthorities.slice(1) });
};
const oldestOf = (roots: ReturnType<typeof open>) =>
  JSON.parse(roots.current().github.files[TRUSTED_ROOT] ?? '').certificateAuthorities[0].validFor.start;

describe('built-in roots', () => {
  it('are the seed before anybody looked, and no look is taken', () => {
    const roots = open();
    expect(roots.current()).toEqual(seeds);
    expect([...sigstore.asked, ...github.asked]).toEqual([]);
  });

  it('are current after a good look, and say since when', async () => {
    const roots = open();
    expect(await roots.refresh(mirrors, patient())).toBe(true);
    expect(roots.current().github).toEqual({ ...seeds.github, origin: 'tuf', asOf: now.toISOString() });
    expect(builtInProfiles(roots.current()).map(({ origin, asOf }) => [origin, asOf])).toEqual(
      ['sigstore-public-good', 'npm', 'github'].map(() => ['tuf', now.toISOString()]),
    );
    expect(roots.lines.sort()).toEqual(['info tuf.current github', 'info tuf.current sigstore']);
  });

  it('change over when the publisher changes them, through a new TUF root too', async () => {
    const roots = open();
    await roots.refresh(mirrors, patient());
    expect(oldestOf(roots)).toBe('2023-10-27T16:30:00Z');
    github.rotate();
    github.publish({ [TRUSTED_ROOT]: nextRoot() });
    expect(await roots.refresh(mirrors, patient())).toBe(true);
    expect(oldestOf(roots)).toBe('2024-05-13T00:00:00Z');
  });

  it('vouch for new authorities as soon as they are fetched, without a restart', async () => {
    const next = await makeFakeSigstore('next', { tlogThreshold: 0, ctlogThreshold: 0 });
    const bundle = receive(await next.makeBundle({ logged: false, timestamped: true }));
    const roots = open();
    const judge = () =>
      verifyStatements(
        bundle,
        { keys: [], profiles: builtInProfiles(roots.current()) },
        { at: now, project: 'acme', pipeline: 'skynet', threshold: 1 },
      ).statements.map(({ result, signers: [signer] }) => [result, signer]);
    expect(judge()).toEqual([['invalid', undefined]]);
    github.publish({ [TRUSTED_ROOT]: JSON.stringify(TrustedRoot.toJSON(next.profile.trustedRoot)) });
    await roots.refresh(mirrors, patient());
    expect(judge()).toMatchObject([['verified', { profile: 'github' }]]);
  });

  it('survive a restart by what was kept on disk, without network', async () => {
    github.publish({ [TRUSTED_ROOT]: nextRoot() });
    const before = open();
    await before.refresh(mirrors, patient());
    const after = open(later);
    expect(after.current()).toEqual(before.current());
    expect(createBuiltInReader(dir)()).toEqual(before.current());
    expect(after.lines).toEqual([]);
  });

  it('are shown by another process as they are kept at the time', async () => {
    const shown = createBuiltInReader(dir);
    expect(shown()).toEqual(seeds);
    const roots = open();
    await roots.refresh(mirrors, patient());
    expect(shown()).toEqual(roots.current());
    writeFileSync(join(dir, 'github.json'), '{}');
    expect(shown()).toEqual({ ...roots.current(), github: seeds.github });
  });

  it('are those of the package where they are newer than what was kept', async () => {
    await open(new Date('2026-07-01T00:00:00Z')).refresh(mirrors, patient());
    expect(open().current()).toEqual(seeds);
  });
});

describe('a mirror that cannot be reached', () => {
  it('changes nothing: the seed stays in use, and the log says so', async () => {
    await github.close();
    const roots = open();
    expect(await roots.refresh(mirrors, patient())).toBe(false);
    expect(origins(roots)).toEqual(['tuf', 'seed']);
    expect(roots.lines.sort()).toEqual(['info tuf.current sigstore', 'warn tuf.unreachable github']);
  });

  it('that never answers is left at the end of its time', async () => {
    github.hang();
    const roots = open();
    expect(await roots.refresh({ ...mirrors, sigstore: github.mirror }, AbortSignal.timeout(100))).toBe(false);
    expect(roots.current()).toEqual(seeds);
    expect(roots.lines.sort()).toEqual(['warn tuf.unreachable github', 'warn tuf.unreachable sigstore']);
  });

  it('or that has nothing of the kind', async () => {
    github.served.delete('/timestamp.json');
    const roots = open();
    await roots.refresh(mirrors, patient());
    expect(roots.lines).toContain('warn tuf.unreachable github');
  });

  it('is not complained of by a process that stops', async () => {
    github.hang();
    const stopping = new AbortController();
    const roots = open();
    const looking = roots.refresh({ ...mirrors, sigstore: github.mirror }, stopping.signal);
    stopping.abort();
    expect(await looking).toBe(false);
    expect(roots.lines).toEqual([]);
  });

  it('is asked from the TUF roots that came with the package, which the client takes', async () => {
    const nothing = await startTufRepository();
    undo.push(() => nothing.close());
    nothing.served.clear();
    const { url } = nothing.mirror;
    const roots = open();
    await roots.refresh(createMirrors({ sigstore: `${url}/sigstore/`, github: `${url}/github` }), patient());
    expect(roots.lines.sort()).toEqual(['warn tuf.unreachable github', 'warn tuf.unreachable sigstore']);
    expect(nothing.asked.sort()).toEqual([
      '/github/10.root.json',
      '/github/timestamp.json',
      '/sigstore/17.root.json',
      '/sigstore/timestamp.json',
    ]);
  });

  it('is worth a warning at the start when what there is has not been confirmed for half a year', async () => {
    expect(open(new Date('2027-03-01T00:00:00Z')).lines).toEqual(['warn tuf.stale github']);
    const roots = open(new Date('2028-01-01T00:00:00Z'));
    expect(roots.lines).toEqual(['warn tuf.stale sigstore', 'warn tuf.stale github']);
    await roots.refresh(mirrors, patient());
    expect(origins(roots)).toEqual(['tuf', 'tuf']);
  });
});

/** What GitHub's mirror serves is false in one way; Sigstore's is as it should be. */
describe('a mirror that is not to be trusted', () => {
  const refused = async (roots = open()) => {
    const before = roots.current().github;
    expect(await roots.refresh(mirrors, patient())).toBe(false);
    expect(roots.current().github).toEqual(before);
    expect(roots.lines).toContain('error tuf.refused github');
    expect(roots.lines).toContain('info tuf.current sigstore');
    expect(createBuiltInReader(dir)().github).toEqual(before);
  };
  const change = (path: string, edit: (text: string) => string, { served } = github) => {
    const before = String(served.get(path));
    expect(edit(before)).not.toBe(before);
    served.set(path, Buffer.from(edit(before)));
  };

  it('serves a file that its metadata does not name', async () => {
    const [path = ''] = [...github.served.keys()].filter((name) => name.startsWith('/targets/'));
    change(path, (text) => text.replace('fulcio.githubapp.com', 'fulcio.githubapp.org'));
    await refused();
  });

  it('serves metadata that was changed after it was signed', async () => {
    for (const path of ['/1.targets.json', '/1.snapshot.json', '/timestamp.json']) {
      const good = github.served.get(path) ?? Buffer.alloc(0);
      change(path, (text) => text.replace('"version":1', '"version":2'));
      await refused();
      github.served.set(path, good);
    }
  });

  it('serves metadata that somebody else signed, with a key that the root does not know', async () => {
    github.publish({ [TRUSTED_ROOT]: nextRoot() }, { signedBy: makeSigner() });
    await refused();
  });

  it("serves npm's keys that the role in charge of them did not sign", async () => {
    change('/1.registry.npmjs.org.json', (text) => text.replace('"version":1', '"version":2'), sigstore);
    const roots = open();
    expect(await roots.refresh(mirrors, patient())).toBe(false);
    expect(origins(roots)).toEqual(['seed', 'tuf']);
    expect(roots.lines).toContain('error tuf.refused sigstore');
  });

  it('serves what has expired', async () => {
    github.publish({ [TRUSTED_ROOT]: nextRoot() }, { expires: new Date('2026-01-01T00:00:00Z') });
    await refused();
  });

  it('goes back to an older state, in the life of a process and after a restart', async () => {
    const old = new Map(github.served);
    github.publish({ [TRUSTED_ROOT]: nextRoot() });
    const roots = open();
    await roots.refresh(mirrors, patient());
    for (const [path, bytes] of old) github.served.set(path, bytes);
    await refused(roots);
    await refused(open());
    expect(oldestOf(open())).toBe('2024-05-13T00:00:00Z');
  });

  it('comes with a TUF root that the last one did not sign', async () => {
    const other = await startTufRepository();
    undo.push(() => other.close());
    other.rotate();
    github.served.set('/2.root.json', other.served.get('/2.root.json') ?? Buffer.alloc(0));
    await refused();
  });

  it('serves, all in order, a root that nobody can read', async () => {
    for (const text of ['', '{}', '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}']) {
      github.publish({ [TRUSTED_ROOT]: text });
      await refused();
    }
  });

  it('does not have the file at all', async () => {
    github.publish({ 'other.json': '{}' });
    await refused();
  });

  it('serves metadata without end', async () => {
    github.served.set('/timestamp.json', Buffer.alloc(1_000_000, ' '));
    await refused();
  });
});

describe('what was kept on disk', () => {
  const files = () => readdirSync(dir).sort();

  it('is one file per publisher, whole, whoever else looks at the same time', async () => {
    await Promise.all([open(), open()].map((roots) => roots.refresh(mirrors, patient())));
    expect(files()).toEqual(['github.json', 'sigstore.json']);
    expect(origins({ current: createBuiltInReader(dir) })).toEqual(['tuf', 'tuf']);
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, 1000)],
    ['of another form', () => '{"asOf":"yesterday"}'],
    ['without its files', (text: string) => JSON.stringify({ ...JSON.parse(text), files: {} })],
    ['with names that lead elsewhere', (text: string) => text.replace('"timestamp.json"', '"../timestamp.json"')],
    ['with a root that cannot be used', (text: string) => text.replaceAll('MII', 'MIJ')],
  ])('is as if it were not there when it is %s, and mended by the next look', async (_, spoil) => {
    await open().refresh(mirrors, patient());
    const path = join(dir, 'github.json');
    writeFileSync(path, spoil(readFileSync(path, 'utf8')));
    const roots = open();
    expect(origins(roots)).toEqual(['tuf', 'seed']);
    expect(roots.lines).toEqual(['error tuf.unreadable github']);
    expect(origins({ current: createBuiltInReader(dir) })).toEqual(['tuf', 'seed']);
    expect(await roots.refresh(mirrors, patient())).toBe(true);
    expect(origins(open())).toEqual(['tuf', 'tuf']);
  });

  it('does not keep a look from starting again when its metadata is broken', async () => {
    await open().refresh(mirrors, patient());
    const path = join(dir, 'github.json');
    const kept = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...kept, metadata: { 'root.json': '{}' } }));
    expect(await open().refresh(mirrors, patient())).toBe(true);
  });

  it('may not be writable: the fresh root is used all the same', async () => {
    writeFileSync(dir, 'not a folder');
    const roots = open();
    await roots.refresh(mirrors, patient());
    expect(origins(roots)).toEqual(['tuf', 'tuf']);
    expect(roots.lines).toContain('error tuf.unkept github');
  });
});
