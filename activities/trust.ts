import type { TrustedKey } from '../attestation/verify/keys.ts';
import type { Deps } from './deps.ts';
import type { TrustData } from './threads/trust.ts';

/**
 * Whose signatures count now: the one place where this is put together. The thread makes profiles of it all
 * (`threads/trust.ts`).
 */
export async function loadTrust({ db, builtIn }: Pick<Deps, 'db' | 'builtIn'>): Promise<TrustData> {
  const [keys, roots] = await Promise.all([db.trust.allKeys(), db.trust.allRoots()]);
  return {
    keys: keys.map(({ parsed }) => parsed as TrustedKey),
    roots: roots.map(({ name, spec, updatedAt }) => ({ name, spec, updatedAt })),
    builtIn: builtIn(),
  };
}
