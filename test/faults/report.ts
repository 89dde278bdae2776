import { groupBy } from './group-by.ts';
import { RULES, type Violation } from './judge.ts';
import type { Run } from './laboratory.ts';
import { deliveryTimes, healingsOf, recoveriesOf, type Spread } from './recovery.ts';
import { KILLED } from './schedule.ts';

const SHOWN = 20;

/** The ledger of a run for people. */
export function printRun(run: Run): string {
  const parts = [about(run), traffic(run), faults(run), deliveries(run), recovery(run), promises(run)];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function about({ options, startedAt, stoppedAt, settledAt }: Run): string[] {
  const { seed, ratePerSecond, processes } = options;
  return [
    'Waybill fault laboratory',
    line('seed', `${seed}`),
    line('processes', `${processes.api} api, ${processes.worker} worker, ${processes.temporal} Temporal server`),
    line('traffic', `${secondsBetween(startedAt, stoppedAt)} at ${ratePerSecond} attestations a second`),
    line('drained', `${secondsBetween(stoppedAt, settledAt)} after the last fault`),
  ];
}

function traffic({ ledger: { sent, attestations } }: Run): string[] {
  const answers = sent.flatMap((one) => one.answers);
  const lost = sent.reduce((sum, { lostConnections }) => sum + lostConnections, 0);
  return [
    'What CI sent',
    line('attestations', `${sent.length}, ${sent.filter(({ isForged }) => isForged).length} of them forged`),
    line('requests', `${answers.length + lost}: ${tally(answers.map(({ status }) => `${status}`))}, ${lost} lost`),
    line('on record', tally(attestations.map(({ verdict }) => verdict ?? 'undecided'))),
  ];
}

function faults({ killed, mishaps, faults: counted }: Run): string[] {
  const { none = 0, ...wrong } = counted;
  const kinds = Object.entries(wrong).sort(([, a], [, b]) => b - a);
  return [
    'What went wrong',
    line('kill -9', KILLED.map((kind) => `${killed.filter((kill) => kill.kind === kind).length} ${kind}`).join(', ')),
    ...mishaps.map(({ process, at, what }) => line('', `${process} at ${at}: ${what.split('\n')[0]}`)),
    line('calls', kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')),
    line('', `${none} passed`),
  ];
}

function deliveries({ ledger, operated }: Run): string[] {
  const { attempts, received } = ledger;
  const destinations = Object.keys(ledger.receivers);
  return [
    'What became of it',
    line('deliveries', `${ledger.deliveries.length}: ${tally(ledger.deliveries.map(({ state }) => state))}`),
    line('attempts', `${attempts.length}: ${tally(attempts.map(({ outcome }) => outcome ?? 'open'))}`),
    line('receivers', `${received.length} requests: ${tally(received.map(({ outcome }) => outcome))}`),
    line('operator', `${operated.retried} retries, ${operated.tested} tests`),
    line('accepted to delivered', spread(deliveryTimes(ledger))),
    ...destinations.map((name) => line(`  ${name}`, spread(deliveryTimes(ledger, name)))),
  ];
}

function recovery({ killed, ledger, schedule, startedAt }: Run): string[] {
  return [
    'How long it took to recover',
    ...recoveriesOf(killed, ledger).flatMap(({ kind, ready, verdict, effect }) => [
      line(kind, `ready ${spread(ready)}`),
      line('', `then the next verdict ${spread(verdict)}`),
      line('', `then the next effect at a receiver ${spread(effect)}`),
    ]),
    ...healingsOf(schedule, startedAt, ledger).map(({ receiver, kind, fromMs, toMs, healedMs }) => {
      const after = healedMs === undefined ? 'no effect since' : `next effect ${seconds(healedMs)} later`;
      return line(receiver, `${kind} from ${seconds(fromMs)} to ${seconds(toMs)}; ${after}`);
    }),
  ];
}

function promises({ violations, ledger }: Run): string[] {
  const of = (rule: string) => violations.filter((violation) => violation.rule === rule);
  const isChat = (name: string) => ledger.receivers[name]?.dedupe === 'none';
  const posts = ledger.received.filter(({ receiver, outcome }) => isChat(receiver) && outcome === 'effect');
  const again = posts.length - new Set(posts.map(({ key }) => key)).size;
  return [
    'What was promised',
    ...Object.entries(RULES).flatMap(([rule, meaning]) => [
      line(rule, `${of(rule).length}${of(rule).length > 0 ? `  ${meaning}` : ''}`),
      ...of(rule).slice(0, SHOWN).map(detail),
      ...(of(rule).length > SHOWN ? [line('', `and ${of(rule).length - SHOWN} more`)] : []),
    ]),
    line('posted again', `${again} at a receiver that knows no keys: counted, not promised`),
    '',
    violations.length === 0 ? 'Every promise was kept.' : `${violations.length} violations.`,
  ];
}

const detail = ({ about, detail: what }: Violation): string => line('', `${about}: ${what}`);
const line = (name: string, text: string): string => `  ${name.padEnd(24)}${text}`.trimEnd();
const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
const secondsBetween = (from: string, to: string): string => seconds(Date.parse(to) - Date.parse(from));
const spread = (of: Spread | undefined): string =>
  of ? `p50 ${seconds(of.p50)}, p95 ${seconds(of.p95)}, max ${seconds(of.max)}` : 'none';

function tally(words: readonly string[]): string {
  const groups = [...groupBy(words, (word) => word)].map(([word, same]) => [word, same.length] as const);
  return groups
    .sort(([, a], [, b]) => b - a)
    .map(([word, n]) => `${n} ${word}`)
    .join(', ');
}
