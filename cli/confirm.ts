import { refusal, usageError } from './exit.ts';
import type { Io } from './io.ts';

/** Goes on only when somebody agrees: with `--yes`, or by answering on a terminal. Else nothing is done. */
export async function confirmed(io: Io, question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (!io.ask) throw usageError('Nobody can be asked here.', 'Look at it with --dry-run, then add --yes.');
  const answer = await io.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw refusal('Nothing was done.');
}
