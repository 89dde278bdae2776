import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import github from './roots/github.json' with { type: 'json' };

/** Who publishes roots that are built in: Sigstore's public instance, with npm's keys beside it, and GitHub. */
export type Publisher = 'sigstore' | 'github';

/**
 * What a publisher was last known to publish: files by their name there, as text. `asOf` (ISO 8601) is when that was
 * known: the last good look over TUF, or the date of the seed that came with the package. Plain data, fit for a thread.
 */
export type Published = { origin: 'seed' | 'tuf'; asOf: string; files: Readonly<Record<string, string>> };
export type BuiltIn = Readonly<Record<Publisher, Published>>;

export const TRUSTED_ROOT = 'trusted_root.json';
export const NPM_KEYS = 'registry.npmjs.org/keys.json';
export const FILES: Readonly<Record<Publisher, readonly string[]>> = {
  sigstore: [TRUSTED_ROOT, NPM_KEYS],
  github: [TRUSTED_ROOT],
};

/** The version of `@sigstore/tuf` whose seed this is, and when it came out. A newer one needs the new date. */
export const SIGSTORE_SEED = { version: '5.0.1', asOf: '2026-11-05T00:00:00.000Z' };
/** When a look over TUF is on record that found `roots/github.json` current (see `roots/README.md`). */
const GITHUB_SEED = { asOf: '2026-07-20T00:00:00.000Z' };

/** What came with the package: no network, as old as it says. */
export const shipped = (): BuiltIn => ({
  sigstore: {
    origin: 'seed',
    asOf: SIGSTORE_SEED.asOf,
    files: Object.fromEntries(FILES.sigstore.map((name) => [name, sigstoreFile(name)])),
  },
  github: { origin: 'seed', asOf: GITHUB_SEED.asOf, files: { [TRUSTED_ROOT]: JSON.stringify(github) } },
});

const sigstoreFile = (name: string): string => {
  const targets = new Map(Object.entries(seeds['https://tuf-repo-cdn.sigstore.dev'].targets));
  return Buffer.from(targets.get(encodeURIComponent(name)) ?? '', 'base64').toString('utf8');
};

/** GitHub changes its authorities twice a year: what was not confirmed for as long may not know the next ones. */
const STALE_AFTER_DAYS = 180;

/** True when nobody has confirmed for so long that this is current that signatures of today may be unknown to it. */
export const isStale = ({ asOf }: Published, at: Date): boolean =>
  at.getTime() - new Date(asOf).getTime() > STALE_AFTER_DAYS * 24 * 3_600_000;
