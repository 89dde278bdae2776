import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import type { Publisher } from '../../attestation/verify/published.ts';
import githubRoot from './github-tuf-root.json' with { type: 'json' };

/** Where a publisher's files are, and the TUF root (JSON) that vouches for all of them. */
export type Mirror = { url: string; root: string };
export type Mirrors = Readonly<Record<Publisher, Mirror>>;

const SIGSTORE = 'https://tuf-repo-cdn.sigstore.dev';
const GITHUB = 'https://tuf-repo.github.com';

/** The publishers' own mirrors, or others that serve the same: who serves it need not be trusted. */
export const createMirrors = (urls: Partial<Record<Publisher, string | undefined>> = {}): Mirrors => ({
  sigstore: { url: urls.sigstore ?? SIGSTORE, root: Buffer.from(seeds[SIGSTORE]['root.json'], 'base64').toString() },
  github: { url: urls.github ?? GITHUB, root: JSON.stringify(githubRoot) },
});
