import { isDeepStrictEqual } from 'node:util';
import type { Check } from '../../attestation/verdict.ts';
import type { TrustedKey } from '../../attestation/verify/keys.ts';
import { builtInProfiles, type TrustProfile } from '../../attestation/verify/profiles.ts';
import type { BuiltIn } from '../../attestation/verify/published.ts';
import type { Refusal } from '../../attestation/verify/refusal.ts';
import { type RegisteredRoot, readRegisteredRoot } from '../../attestation/verify/trusted-root.ts';

/** Whose signatures count, as it travels to a thread. */
export type TrustData = { keys: TrustedKey[]; roots: RegisteredRoot[]; builtIn: BuiltIn };

/** What a verification tries, one at a time and in this order. `checks` name the registered roots that cannot be used. */
type OpenedTrust = { keys: TrustedKey[]; profiles: TrustProfile[]; checks: Check[] };

export const ROOT_UNUSABLE = 'root.unusable';

/**
 * Makes profiles of what arrived. As long as a root stays the same, its profile is the same object: what is prepared
 * from it (every key and certificate read) is kept by that. Only the roots of the latest call are kept.
 */
export function createTrustOpener(): (data: TrustData) => OpenedTrust {
  const openBuiltIn = createBuiltInOpener();
  let kept = new Map<string, ReturnType<typeof readRegisteredRoot>>();
  return ({ keys, roots, builtIn }) => {
    const read = roots.map((root) => {
      // All of it is the key: what is in a root is never mistaken for what was in it before.
      const key = JSON.stringify([root.name, root.updatedAt, root.spec]);
      return { name: root.name, key, root: kept.get(key) ?? readRegisteredRoot(root) };
    });
    kept = new Map(read.map(({ key, root }) => [key, root]));
    return {
      keys,
      profiles: [...openBuiltIn(builtIn), ...read.flatMap(({ root }) => (root.ok ? root.profile : []))],
      checks: read.flatMap(({ name, root }) => (root.ok ? [] : unusable(name, root))),
    };
  };
}

/** The same profiles as long as nothing newer arrives. */
function createBuiltInOpener(): (builtIn: BuiltIn) => TrustProfile[] {
  let latest: { of: BuiltIn; profiles: TrustProfile[] } | undefined;
  return (builtIn) => {
    if (!latest || !isDeepStrictEqual(latest.of, builtIn)) latest = { of: builtIn, profiles: builtInProfiles(builtIn) };
    return latest.profiles;
  };
}

const unusable = (name: string, why: Refusal): Check => ({
  code: ROOT_UNUSABLE,
  outcome: 'warned',
  subject: name,
  message: `The trusted root ${name} cannot be used, so nothing counts that only it vouches for. ${why.message}`,
  remedy: 'Ask an administrator to register it again.',
});
