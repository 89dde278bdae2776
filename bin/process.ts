import { type Logger, pino } from 'pino';

/** The log of a process: JSON lines on standard error, so that standard output stays free for programs. */
export const createLog = (name: string, level: string): Logger =>
  pino({ name, level, base: { name, pid: process.pid } }, pino.destination(2));

/**
 * Resolves when the process is asked to stop: SIGINT, SIGTERM, or its parent is gone (a supervised child has an IPC
 * channel). A second signal ends it at once.
 */
export function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (why: string) => {
      if (asked) process.exit(130);
      asked = true;
      // From here on the channel must not keep the process alive.
      process.channel?.unref();
      resolve(why);
    };
    // Ctrl-C reaches the whole group: a supervised child leaves it to its supervisor, which lets it drain.
    process.on('SIGINT', () => (process.channel ? undefined : stop('SIGINT')));
    process.on('SIGTERM', () => stop('SIGTERM'));
    if (process.channel) process.once('disconnect', () => stop('the supervisor is gone'));
  });
}
