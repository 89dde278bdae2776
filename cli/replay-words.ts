import { formatAge } from '../attestation/duration.ts';
import { printable } from './io.ts';
import { field, isRow, type Row } from './rows.ts';

const number = (row: Row, ...path: string[]): number => Number(field(row, ...path) ?? 0);
const shown = (count: number): string => count.toLocaleString('en-US');

/** Everything about a replay that stands in one line. */
export function progressLine(row: Row): string {
  const ended = number(row, 'ended');
  const all = ended + number(row, 'left');
  const percent = all === 0 ? 100 : Math.floor((ended * 100) / all);
  const rate = row.ratePerSecond;
  const left = row.secondsLeft;
  const troubled = ['blocked', 'expired', 'skipped'].flatMap((state) => {
    const count = number(row, 'deliveries', state);
    return count > 0 ? [`${shown(count)} ${state}`] : [];
  });
  return [
    `${String(percent).padStart(3)}%  ${shown(ended)} of ${shown(all)}`,
    ...troubled,
    standsStill(row) ?? [rate ? `${rate}/s` : '', left ? `about ${formatAge(Number(left) * 1000)} left` : ''],
  ]
    .flat()
    .filter(Boolean)
    .map((words) => printable(String(words)))
    .join(', ');
}

/** Why nothing moves; undefined: it runs. */
export function standsStill(row: Row): string | undefined {
  const { state } = row;
  if (state === 'paused')
    return `paused by ${field(row, 'stateBy', 'name')}${row.stateReason ? `: ${field(row, 'stateReason')}` : ''}`;
  if (state !== 'running') return String(state);
  if (row.held !== true) return undefined;
  const [hold] = Array.isArray(row.holds) ? row.holds.filter(isRow) : [];
  const destination = field(row, 'spec', 'destination');
  if (!hold) return `held: ${destination} is paused or broken`;
  return `held: ${destination} is ${hold.kind === 'operator' ? 'paused' : 'broken'}: ${field(hold, 'reason')}`;
}

/** How many the receiver has, or needs no more, and how many it will not get. */
export function arrived(row: Row): { came: number; missing: number } {
  const came = number(row, 'deliveries', 'delivered') + number(row, 'deliveries', 'superseded');
  return { came, missing: Math.max(number(row, 'queued') - came, 0) };
}
