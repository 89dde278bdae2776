import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkPublished } from '../../../attestation/verify/check-published.ts';
import { builtInProfiles } from '../../../attestation/verify/profiles.ts';
import { isStale, NPM_KEYS, SIGSTORE_SEED, shipped, TRUSTED_ROOT } from '../../../attestation/verify/published.ts';

const { sigstore, github } = shipped();
const refused = (publisher: 'sigstore' | 'github', files: Record<string, string>) => {
  const checked = checkPublished(publisher, { ...shipped()[publisher], files });
  return checked.ok ? 'ok' : checked.code;
};

describe('what came with the package', () => {
  it('can be used, and says how old it is', () => {
    expect(checkPublished('sigstore', sigstore)).toEqual({ ok: true });
    expect(checkPublished('github', github)).toEqual({ ok: true });
    expect(builtInProfiles().map(({ name, origin, asOf }) => [name, origin, asOf])).toEqual([
      ['sigstore-public-good', 'seed', SIGSTORE_SEED.asOf],
      ['npm', 'seed', SIGSTORE_SEED.asOf],
      ['github', 'seed', '2026-07-20T00:00:00.000Z'],
    ]);
  });

  it('has the date of the seed that is installed', () => {
    const manifest = new URL('../../../node_modules/@sigstore/tuf/package.json', import.meta.url);
    expect(JSON.parse(readFileSync(manifest, 'utf8')).version).toBe(SIGSTORE_SEED.version);
  });

  it('is stale when nobody confirmed it for half a year', () => {
    expect(isStale(sigstore, new Date('2027-05-03T00:00:00Z'))).toBe(false);
    expect(isStale(sigstore, new Date('2027-05-05T00:00:00Z'))).toBe(true);
  });
});

describe('what a publisher publishes is not adopted', () => {
  it('without a root, or with one that nobody can read', () => {
    expect(refused('github', {})).toBe('root.unreadable');
    expect(refused('github', { [TRUSTED_ROOT]: '{}' })).toBe('root.unreadable');
    const broken = github.files[TRUSTED_ROOT]?.replace(/"rawBytes":"MII/, '"rawBytes":"MIJ') ?? '';
    expect(refused('github', { [TRUSTED_ROOT]: broken })).toBe('root.unreadable');
  });

  it('when it is of another kind: a public instance has logs', () => {
    const files = { ...sigstore.files, [TRUSTED_ROOT]: github.files[TRUSTED_ROOT] ?? '' };
    expect(refused('sigstore', files)).toBe('root.incomplete');
  });

  it("without npm's keys, or with one that is none", () => {
    const keys = sigstore.files[NPM_KEYS] ?? '';
    const withKeys = (text: string) => refused('sigstore', { ...sigstore.files, [NPM_KEYS]: text });
    expect(withKeys('')).toBe('root.unreadable');
    expect(withKeys(keys.replaceAll('npm:attestations', 'npm:signatures'))).toBe('root.unreadable');
    expect(withKeys(keys.replaceAll('"MFkw', '"MGkw'))).toBe('root.unreadable');
  });

  it('but a key of a kind that nobody uses yet does not stand in the way', () => {
    const keys = JSON.parse(sigstore.files[NPM_KEYS] ?? '');
    keys.keys.push({ keyId: 'new', keyUsage: 'npm:attestations', publicKey: { keyDetails: 'PKIX_ML_DSA_65' } });
    expect(refused('sigstore', { ...sigstore.files, [NPM_KEYS]: JSON.stringify(keys) })).toBe('ok');
  });
});
