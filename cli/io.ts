/** Everything a command may know of the world around it; tests pass their own. */
export type Io = {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** All of standard input. */
  stdin(): Buffer;
  out(text: string): void;
  err(text: string): void;
  /** True when people read `out`: then there may be colour, and lines are cut at `columns`. */
  isTerminal: boolean;
  columns: number | undefined;
  /** Asks whoever sits there; an answer that does not come is empty. Absent where nobody does. */
  ask?: ((question: string) => Promise<string>) | undefined;
  now(): Date;
  sleep(ms: number): Promise<void>;
  /** Has the step taken, at once, if somebody ends the program (Ctrl-C). Returns what takes that back. */
  onInterrupt(step: () => void): () => void;
};

/** Text from anywhere made harmless for a terminal: no control character gets through, nor one that turns text around. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => VISIBLE[char] ?? '\u{FFFD}');
const VISIBLE: Record<string, string> = { '\n': ' ', '\r': ' ', '\t': ' ' };

const COLOURS = { red: 31, green: 32, yellow: 33, grey: 90, bold: 1 } as const;
export type Colour = keyof typeof COLOURS;

/** Colours text where people read it and want it. Source: no-color.org. */
export const paint = (io: Io, colour: Colour | undefined, text: string): string =>
  colour && io.isTerminal && !io.env.NO_COLOR && io.env.TERM !== 'dumb'
    ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m`
    : text;

export const printJson = (io: Io, value: unknown): void => io.out(`${JSON.stringify(value, null, 2)}\n`);
