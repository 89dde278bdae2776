import { CommanderError } from 'commander';

/** What a caller learns from the exit code. A crash is never mistaken for a refusal. */
export const EXIT = { done: 0, refused: 1, usage: 2, failed: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An end of a command that says why, and what the reader can do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: ExitCode;
  readonly code: string | undefined;
  readonly remedy: string | undefined;
  constructor(
    exit: ExitCode,
    message: string,
    more: { code?: string | undefined; remedy?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.exit = exit;
    this.code = more.code;
    this.remedy = more.remedy;
  }
}

/** The command was called wrongly, or its input files cannot be understood. */
export const usageError = (message: string, remedy?: string): CliError => new CliError(EXIT.usage, message, { remedy });

/** The command was understood, and the answer is no. */
export const refusal = (message: string, more: { code?: string; remedy?: string } = {}): CliError =>
  new CliError(EXIT.refused, message, more);

/** Exit code and text of whatever ended a command. The text is empty where it was printed before. */
export function explain(error: unknown): { exit: ExitCode; text: string } {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return { exit: error.exitCode === 0 ? EXIT.done : EXIT.usage, text: '' };
  if (error instanceof CliError) {
    const head = error.code ? `${error.code}: ${error.message}` : error.message;
    return { exit: error.exit, text: [head, ...(error.remedy ? [`  ${error.remedy}`] : [])].join('\n') };
  }
  const found = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exit: EXIT.failed, text: `This is a bug in waybill, please report it:\n${found}` };
}
