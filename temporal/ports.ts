import { once } from 'node:events';
import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/**
 * A port of the loopback interface for `what`: the one asked for or an error, else the usual one, else one that the
 * operating system picks. Nothing reserves it: whoever binds it may still come late.
 */
export async function choosePort(options: {
  what: string;
  asked: number | undefined;
  usual: number;
  log: (line: string) => void;
}): Promise<number> {
  const { what, asked, usual, log } = options;
  if (asked !== undefined) {
    const port = await tryPort(asked);
    if (port !== undefined) return port;
    throw new Error(
      `expected port ${asked} to be free for ${what}, but something listens there. ` +
        'End that, or ask for another port; with none asked for, a free one is chosen.',
    );
  }
  const port = await tryPort(usual);
  if (port !== undefined) return port;
  const another = (await tryPort(0)) ?? usual;
  log(`port ${usual} is taken: ${what} listens on ${another}`);
  return another;
}

/** The port if it can be bound now (0: any free one), else undefined. */
async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen({ host: LOOPBACK, port, exclusive: true });
    await once(server, 'listening');
    const bound = server.address();
    return bound !== null && typeof bound === 'object' ? bound.port : undefined;
  } catch (error) {
    if (['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  } finally {
    if (server.listening) await new Promise((closed) => server.close(closed));
  }
}
