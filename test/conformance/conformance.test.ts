import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../cli/world.ts';

const suite = process.env.WAYBILL_CONFORMANCE_DIR;
if (!suite)
  console.warn('SKIPPED: WAYBILL_CONFORMANCE_DIR names no clone of github.com/sigstore/sigstore-conformance.');

// Where nothing else is said. Source: the suite's test/assets/bundle-verify/README.md and test/client.py.
const IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';

const assets = resolve(suite ?? '.', 'test/assets/bundle-verify');
const cases = suite
  ? readdirSync(assets, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
  : [];

/** The options of the suite's protocol, as it would give them for this case. */
const optionsOf = (folder: string): string[] => {
  const given = (name: string, otherwise: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8').trim() : otherwise;
  const [key, root] = ['key.pub', 'trusted_root.json'].map((name) => join(folder, name));
  const who =
    key && existsSync(key)
      ? ['--key', key]
      : ['--certificate-identity', given('identity', IDENTITY), '--certificate-oidc-issuer', given('issuer', ISSUER)];
  return [
    '--bundle',
    join(folder, 'bundle.sigstore.json'),
    ...who,
    ...(root && existsSync(root) ? ['--trusted-root', root] : []),
  ];
};

describe.skipIf(!suite)('the public conformance suite of Sigstore', () => {
  it('is there', () => expect(cases.length).toBeGreaterThan(60));

  it.each(cases)('%s', async (name) => {
    const folder = join(assets, name);
    const own = join(folder, 'artifact');
    const file = existsSync(own) ? own : join(assets, 'a.txt');
    const digest = `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
    for (const artifact of [file, digest]) {
      const { exit, err } = await run(['verify-bundle', ...optionsOf(folder), artifact]);
      // A bundle is refused with 1, a key or a root that cannot be read with 2; a crash is no refusal.
      if (name.endsWith('_fail')) expect([1, 2], err).toContain(exit);
      else expect(exit, err).toBe(0);
    }
  });
});
