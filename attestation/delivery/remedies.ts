import { z } from 'zod';
import type { CodeMeaning, Place } from './codes.ts';

/** What can be done about a cause. Those with a call are done here; the others at the receiver, in a file, on a host. */
export const RemedyAction = z
  .enum(['wait', 'resume', 'mend', 'set-secret', 'set-settings', 'set-options', 'test', 'retry', 'pause', 'skip'])
  .meta({ id: 'RemedyAction' });
export type RemedyAction = z.infer<typeof RemedyAction>;

/** `say`: when or why, in a sentence. `api` and `command` do it; null where nothing here can. */
export type Remedy = {
  action: RemedyAction;
  say: string;
  api: { method: 'GET' | 'POST' | 'PUT'; path: string; body?: Record<string, unknown> } | null;
  command: string | null;
};

/** Open deliveries to one destination that fail, or wait, for the same reason, and how that destination stands. */
export type StandingCause = {
  destination: string;
  scope: 'retry' | 'delivery' | 'destination' | 'none';
  code: string;
  /** Of the code; undefined for one that is not known. */
  meaning: CodeMeaning | undefined;
  isStuck: boolean;
  isPaused: boolean;
  isBroken: boolean;
  /** It was held, and what waited goes out. */
  isDraining: boolean;
};

/** What makes sense now, in the order in which one would do it. Never empty. */
export function remediesFor(cause: StandingCause): Remedy[] {
  const { scope, isPaused, isBroken, isStuck, isDraining } = cause;
  if (isDraining && scope !== 'delivery') return [wait(DRAINS), act(cause, 'skip', GIVE_UP)];
  const mend = mendOf(cause);
  const resume = isPaused ? [act(cause, 'resume', 'It is paused: nothing goes out until somebody resumes it.')] : [];
  const held = isPaused || isBroken;
  switch (scope) {
    case 'destination':
      return [
        ...resume,
        ...mend,
        ...(isPaused ? [] : [act(cause, 'test', HEALS[isBroken ? 'broken' : 'suspect'])]),
        act(cause, 'skip', GIVE_UP),
      ];
    case 'delivery':
      return [
        ...mend,
        act(cause, 'retry', held ? RETRY_HELD : 'Sends it again, once what refuses it is mended.'),
        ...resume,
        act(cause, 'skip', 'It ends for ever, with your reason; the receiver never gets it.'),
      ];
    case 'retry':
      return [
        ...resume,
        ...(isBroken ? [act(cause, 'test', HEALS.broken)] : []),
        ...mend,
        ...(held ? [] : [wait('It is tried again by itself, at the time shown.')]),
        ...(held ? [] : [act(cause, 'retry', 'Does not wait for that time, when you know that the receiver is back.')]),
        ...(held || !isStuck ? [] : [act(cause, 'pause', 'Keeps the log quiet while the receiver is away for hours.')]),
        act(cause, 'skip', GIVE_UP),
      ];
    case 'none':
      return [
        ...resume,
        ...(isBroken ? [act(cause, 'test', HEALS.broken)] : []),
        ...(held ? [] : [waitOfNone(isStuck)]),
        ...(isStuck ? [act(cause, 'skip', GIVE_UP)] : []),
      ];
  }
}

const HEALS = {
  broken: 'Asks the receiver now instead of at the next probe; what is held goes out by itself when it passes.',
  suspect: 'Asks the receiver whether deliveries would work, and says what is wrong.',
} as const;
const DRAINS = 'It delivers again: what was held goes out step by step, this too.';
const GIVE_UP = 'Only what shall never arrive there: it ends for ever, with your reason.';
const RETRY_HELD = 'Is written down now and done once the destination delivers again.';

const wait = (say: string): Remedy => ({ action: 'wait', say, api: null, command: null });

const waitOfNone = (isStuck: boolean): Remedy =>
  isStuck
    ? {
        action: 'mend',
        say: 'It waits for its turn, too long: does a worker run, and is it enough for this destination (`limits.concurrency`, `limits.ratePerSecond`)?',
        api: { method: 'GET', path: '/readyz' },
        command: 'waybill worker',
      }
    : wait('It waits for its turn, or confirms.');

const ACTION_OF: Partial<Record<Place, RemedyAction>> = {
  secret: 'set-secret',
  settings: 'set-settings',
  options: 'set-options',
};

/** Nothing where time heals it. */
function mendOf({ destination, meaning, scope }: StandingCause): Remedy[] {
  if (!meaning)
    return scope === 'retry'
      ? []
      : [{ action: 'mend', say: 'Read the message of the example.', api: null, command: null }];
  const { place, remedy } = meaning;
  if (place === 'nowhere') return scope === 'retry' ? [] : [{ action: 'mend', say: remedy, api: null, command: null }];
  const action = ACTION_OF[place] ?? 'mend';
  if (action === 'mend') return [{ action, say: remedy, api: null, command: null }];
  const isOptions = action === 'set-options';
  return [
    {
      action,
      say: remedy,
      api: isOptions
        ? { method: 'GET', path: `/v1/attachments?destination=${encodeURIComponent(destination)}` }
        : { method: 'PUT', path: `/v1/destinations/${encodeURIComponent(destination)}` },
      command: 'waybill apply -f FILE',
    },
  ];
}

/** What the API, or the CLI, does about the destination or about all of the cause. */
function act(
  { destination, scope, code }: StandingCause,
  action: 'test' | 'resume' | 'pause' | 'retry' | 'skip',
  say: string,
): Remedy {
  const name = encodeURIComponent(destination);
  if (action === 'test' || action === 'resume')
    return {
      action,
      say,
      api: { method: 'POST', path: `/v1/destinations/${name}/${action}` },
      command: `waybill destinations ${action} ${destination}`,
    };
  if (action === 'pause')
    return {
      action,
      say,
      api: { method: 'POST', path: `/v1/destinations/${name}/pause`, body: { reason: '…' } },
      command: `waybill destinations pause ${destination} --reason …`,
    };
  const reason = action === 'skip' ? { reason: '…' } : {};
  return {
    action,
    say,
    api: {
      method: 'POST',
      path: '/v1/deliveries/actions',
      body: { action, filter: { destination, code, scope }, dryRun: true, ...reason },
    },
    command: `waybill deliveries ${action} --destination ${destination} --code ${code} --scope ${scope}${action === 'skip' ? ' --reason …' : ''}`,
  };
}
