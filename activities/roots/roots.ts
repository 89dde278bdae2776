import { checkPublished } from '../../attestation/verify/check-published.ts';
import { type BuiltIn, FILES, isStale, type Publisher, shipped } from '../../attestation/verify/published.ts';
import { type Kept, newer, readKept, writeKept } from './kept.ts';
import { LookError, look } from './look.ts';
import type { Mirrors } from './mirrors.ts';

type Log = Record<'info' | 'warn' | 'error', (detail: object, message: string) => void>;
type Options = { dir: string; clock: () => Date; log: Log };

/** The roots that are built in, as new as this process knows them. */
export type BuiltInRoots = {
  /** For the next verification. Without network, and never waited for. */
  current(): BuiltIn;
  /** Looks at every mirror once; what is good is used from then on and kept in the folder. True when all could be looked at. Never throws. */
  refresh(mirrors: Mirrors, signal: AbortSignal): Promise<boolean>;
};

const PUBLISHERS = ['sigstore', 'github'] as const;

/** Opens what came with the package and what earlier looks kept in `dir`, whichever is newer. */
export function openBuiltInRoots({ dir, clock, log }: Options): BuiltInRoots {
  const seeds = shipped();
  const kept = new Map(PUBLISHERS.map((publisher) => [publisher, openKept({ dir, log }, publisher)]));
  const current = new Map(PUBLISHERS.map((publisher) => [publisher, newer(seeds[publisher], kept.get(publisher))]));
  const use = (publisher: Publisher) => current.get(publisher) ?? seeds[publisher];
  const warnIfStale = (publisher: Publisher) => {
    const { origin, asOf } = use(publisher);
    if (!isStale(use(publisher), clock())) return;
    const what = 'nobody has confirmed this built-in root for long: signatures of today may be unknown to it';
    log.warn({ code: 'tuf.stale', publisher, origin, asOf }, what);
  };
  for (const publisher of PUBLISHERS) warnIfStale(publisher);

  const adopt = (publisher: Publisher, found: Kept) => {
    const checked = checkPublished(publisher, found);
    if (!checked.ok) throw new LookError('tuf.refused', checked.message);
    const isNews = JSON.stringify(found.files) !== JSON.stringify(use(publisher).files);
    kept.set(publisher, found);
    current.set(publisher, newer(seeds[publisher], found));
    log.info({ code: 'tuf.current', publisher, isNews }, `the built-in root is current${isNews ? ', and new' : ''}`);
    writeKept(dir, publisher, found);
  };
  const refreshOne = async (publisher: Publisher, mirrors: Mirrors, signal: AbortSignal) => {
    const mirror = mirrors[publisher];
    try {
      const metadata = kept.get(publisher)?.metadata ?? {};
      const found = await look(mirror, FILES[publisher], metadata, signal);
      adopt(publisher, { origin: 'tuf', asOf: clock().toISOString(), ...found });
      return true;
    } catch (error) {
      if (isStopped(signal)) return false;
      const { origin, asOf } = use(publisher);
      const code = error instanceof LookError ? error.code : 'tuf.unkept';
      const detail = { code, publisher, mirror: mirror.url, origin, asOf, error: messageOf(error) };
      log[code === 'tuf.unreachable' ? 'warn' : 'error'](detail, SAYS[code]);
      warnIfStale(publisher);
      return false;
    }
  };
  return {
    current: () => ({ sigstore: use('sigstore'), github: use('github') }),
    refresh: async (mirrors, signal) => {
      const all = await Promise.all(PUBLISHERS.map((publisher) => refreshOne(publisher, mirrors, signal)));
      return all.every((isLookedAt) => isLookedAt);
    },
  };
}

const SAYS = {
  'tuf.unreachable': 'the mirror of a built-in root cannot be reached; what is there stays in use',
  'tuf.refused': 'what the mirror of a built-in root serves is not to be trusted; what is there stays in use',
  'tuf.unkept':
    'a built-in root that was looked up is in use and could not be kept: a restart starts from the one before',
};

function openKept({ dir, log }: Pick<Options, 'dir' | 'log'>, publisher: Publisher): Kept | undefined {
  try {
    const kept = readKept(dir, publisher);
    const checked = kept ? checkPublished(publisher, kept) : undefined;
    if (checked && !checked.ok) throw new Error(checked.message);
    return kept;
  } catch (error) {
    const what = 'what was kept of a built-in root cannot be used, as if it were not there';
    log.error({ code: 'tuf.unreadable', publisher, dir, error: messageOf(error) }, what);
    return undefined;
  }
}

/** Asked to stop, not out of time. */
const isStopped = ({ reason }: AbortSignal): boolean => reason instanceof Error && reason.name === 'AbortError';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);
