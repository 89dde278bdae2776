import type { Client } from './client.ts';
import { CliError, EXIT, refusal } from './exit.ts';
import { type Io, printJson } from './io.ts';
import { apiPath } from './options.ts';
import { arrived, progressLine, standsStill } from './replay-words.ts';
import { field, type Row } from './rows.ts';

/** Between two lines where they are kept, as in a build's log. */
const LINE_EVERY_MS = 10_000;
/** In a row; about eight minutes. */
const MOST_FAILURES = 20;
const LONGEST_WAIT_MS = 30_000;

/**
 * Shows how far a replay is until it has ended, over broken connections too. Fails (exit 1) when not all of it arrived;
 * when nothing is heard of Waybill any more (exit 3), the replay goes on all the same.
 */
export async function follow(
  io: Io,
  client: Client,
  id: string,
  { json }: { json?: boolean | undefined },
): Promise<void> {
  const show = json ? { progress: () => {}, end: () => {} } : createDisplay(io);
  const forget = io.onInterrupt(() => io.err(`\n${lookAgain(id)}\n`));
  try {
    const last = await untilOver(io, client, id, show.progress);
    show.end();
    if (json) printJson(io, last);
    conclude(io, last, json);
  } finally {
    forget();
  }
}

const lookAgain = (id: string): string => `The replay goes on. Look again: waybill replay follow ${id}`;

async function untilOver(io: Io, client: Client, id: string, show: (row: Row) => void): Promise<Row> {
  let lastId: string | undefined;
  for (let failures = 0; ; failures++) {
    try {
      for await (const event of client.events(apiPath('replays', id), lastId)) {
        failures = 0;
        lastId = event.id ?? lastId;
        const row = JSON.parse(event.data) as Row;
        if (event.event === 'refused') throw refusal(String(row.detail), { code: String(row.code) });
        show(row);
        if (event.event === 'done' || event.event === 'cancelled') return row;
      }
    } catch (error) {
      // A server that is away, or starts again, is waited for; a token that counts no more is not.
      if (!(error instanceof CliError) || error.exit !== EXIT.failed) throw error;
      if (failures >= MOST_FAILURES) throw new CliError(EXIT.failed, error.message, { remedy: lookAgain(id) });
    }
    await io.sleep(Math.min(1000 * 2 ** failures, LONGEST_WAIT_MS));
  }
}

/** One line that changes on a terminal; else a line now and then, and whenever something happens to the replay itself. */
function createDisplay(io: Io) {
  let shownAt = Number.NEGATIVE_INFINITY;
  let shown: string | undefined;
  return {
    progress: (row: Row): void => {
      const line = progressLine(row);
      const now = io.now().getTime();
      if (io.isTerminal) {
        io.err(`\r\u001b[K${line.slice(0, (io.columns ?? 100) - 1)}`);
      } else if (standsStill(row) !== shown || now - shownAt >= LINE_EVERY_MS) {
        io.err(`${line}\n`);
        shownAt = now;
      }
      shown = standsStill(row);
    },
    end: (): void => {
      if (io.isTerminal) io.err('\r\u001b[K');
    },
  };
}

function conclude(io: Io, row: Row, json: boolean | undefined): void {
  const id = String(row.id);
  const { came, missing } = arrived(row);
  if (row.state === 'cancelled')
    throw refusal(
      `The replay was cancelled by ${field(row, 'stateBy', 'name')}: ${field(row, 'stateReason') ?? 'no reason given'}.`,
      { remedy: `${came} arrived before. What is left can be sent by another one, with --include-skipped.` },
    );
  if (missing > 0)
    throw refusal(`${missing} of ${came + missing} did not arrive.`, {
      remedy: `See why: waybill deliveries list --replay ${id} --final, and waybill deliveries causes --replay ${id}`,
    });
  if (!json) io.out(`done  ${came} ${came === 1 ? 'delivery' : 'deliveries'}\n`);
}
