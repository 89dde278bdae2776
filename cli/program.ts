import { Command } from 'commander';
import { addApply } from './apply.ts';
import { addAttachments } from './attachments.ts';
import { addAttest } from './attest.ts';
import { addContract } from './contract.ts';
import { addDeliveries } from './deliveries.ts';
import { addDestinations } from './destinations.ts';
import { EXIT, type ExitCode, explain } from './exit.ts';
import { addGet } from './get.ts';
import type { Io } from './io.ts';
import { addKeys } from './keys.ts';
import { addMaterial } from './material.ts';
import { positiveNumber } from './options.ts';
import { addReplay } from './replay.ts';
import { addSubmit } from './submit.ts';
import { addToken } from './token-command.ts';
import { addVerify } from './verify.ts';

/** The whole command line but the processes, which `bin/` adds. Every command returns when it is done, or throws. */
export function createProgram(io: Io, version: string): Command {
  const program = new Command('waybill')
    .description('The control plane for software supply-chain attestations.')
    .version(version)
    .option('--url <url>', 'where Waybill is (default: WAYBILL_URL, else http://127.0.0.1:7080)')
    .option(
      '--token-file <file>',
      'file with the token (default: WAYBILL_TOKEN, else .waybill/admin-token found upward)',
    )
    .option('--timeout <seconds>', 'longest wait for an answer', positiveNumber, 60)
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .configureHelp({ helpWidth: Math.min(io.columns ?? 100, 120) })
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .addHelpText('after', EXIT_CODES);
  for (const add of ADDITIONS) add(program, io);
  return program;
}

const ADDITIONS = [
  addApply,
  addGet,
  addSubmit,
  addAttest,
  addVerify,
  addContract,
  addMaterial,
  addDeliveries,
  addDestinations,
  addAttachments,
  addReplay,
  addToken,
  addKeys,
];

const EXIT_CODES = `
Exit codes:
  0  done
  1  refused: rejected, invalid, a failed check
  2  called wrongly
  3  could not reach Waybill, no verdict in time, or crashed

\`waybill help <command>\` has examples of each.`;

/** Runs one command line, prints what went wrong, and says how to exit. Never throws. */
export async function runProgram(program: Command, argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    const { exit, text } = explain(error);
    if (text) io.err(`${text}\n`);
    return exit;
  }
}
