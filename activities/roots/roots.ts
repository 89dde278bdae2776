import {
  type BuiltIn,
  FILES,
  isStale,
  type Published,
  type Publisher,
  shipped,
} from '../../attestation/verify/published.ts';
import { hasSameFiles, type Kept, newer, readKept, refuseUnusable, writeKept } from './kept.ts';
import { LookError, look } from './look.ts';
import type { Mirror, Mirrors } from './mirrors.ts';

type Log = Record<'info' | 'warn' | 'error', (detail: object, message: string) => void>;
type Options = { dir: string; clock: () => Date; log: Log };

/** The roots that are built in, as new as this process knows them. */
export type BuiltInRoots = {
  /** For the next verification. Without network, and never waited for. */
  current(): BuiltIn;
  /**
   * Looks at every mirror once; what is good is used from then on and kept in the folder. True when all could be looked
   * at. Never throws.
   */
  refresh(mirrors: Mirrors, signal: AbortSignal): Promise<boolean>;
};

/** Opens what came with the package or what earlier looks kept in `dir`, whichever is newer. */
export function openBuiltInRoots(options: Options): BuiltInRoots {
  const sigstore = openRoot('sigstore', options);
  const github = openRoot('github', options);
  return {
    current: () => ({ sigstore: sigstore.current(), github: github.current() }),
    refresh: async (mirrors, signal) => {
      const looks = [sigstore.refresh(mirrors.sigstore, signal), github.refresh(mirrors.github, signal)];
      return (await Promise.all(looks)).every((isLookedAt) => isLookedAt);
    },
  };
}

const CODES = {
  'tuf.current': ['info', 'the built-in root is current'],
  'tuf.unreachable': ['warn', 'the mirror of a built-in root cannot be reached; what is there stays in use'],
  'tuf.refused': [
    'error',
    'what the mirror of a built-in root serves is not to be trusted; what is there stays in use',
  ],
  'tuf.stale': ['warn', 'long since anybody confirmed this built-in root: signatures of today may be unknown to it'],
  'tuf.unkept': ['error', 'the built-in root that was looked up is in use and cannot be kept'],
  'tuf.unreadable': ['error', 'what was kept of a built-in root cannot be used, as if it were not there'],
} as const;

function openRoot(publisher: Publisher, { dir, clock, log }: Options) {
  const seed = shipped()[publisher];
  let current: Published = seed;
  let kept: Kept | undefined;
  const say = (code: keyof typeof CODES, more: object = {}) => {
    const [level, message] = CODES[code];
    log[level]({ code, publisher, origin: current.origin, asOf: current.asOf, ...more }, message);
  };
  const warnIfStale = () => {
    if (isStale(current, clock())) say('tuf.stale');
  };
  const use = (found: Kept) => {
    kept = found;
    current = newer(seed, found);
  };
  try {
    const found = readKept(dir, publisher);
    if (found) use(found);
  } catch (error) {
    say('tuf.unreadable', { dir, error: messageOf(error) });
  }
  warnIfStale();

  return {
    current: () => current,
    async refresh(mirror: Mirror, signal: AbortSignal): Promise<boolean> {
      try {
        const found = await look(mirror, FILES[publisher], kept?.metadata ?? {}, signal);
        const latest: Kept = { origin: 'tuf', asOf: clock().toISOString(), ...found };
        const isNews = !hasSameFiles(latest, current);
        refuseUnusable(publisher, latest, current);
        use(latest);
        say('tuf.current', { isNews });
        keep(latest);
        return true;
      } catch (error) {
        if (isStopped(signal)) return false;
        const code = error instanceof LookError ? error.code : 'tuf.refused';
        say(code, { mirror: mirror.url, error: messageOf(error) });
        warnIfStale();
        return false;
      }
    },
  };

  function keep(latest: Kept): void {
    try {
      writeKept(dir, publisher, latest);
    } catch (error) {
      say('tuf.unkept', { dir, error: messageOf(error) });
    }
  }
}

/** Asked to stop, not out of time. */
const isStopped = ({ reason }: AbortSignal): boolean => reason instanceof Error && reason.name === 'AbortError';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);
