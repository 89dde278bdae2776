import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { choosePort } from '../../temporal/ports.ts';

let server: Server | undefined;
afterEach(() => server?.close());

const occupied = async (): Promise<number> => {
  const listening = createServer();
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  return typeof address === 'object' && address ? address.port : 0;
};
const lines: string[] = [];
const choose = (asked: number | undefined, usual: number) =>
  choosePort({ what: 'the server', asked, usual, log: (line) => lines.push(line) });

describe('port', () => {
  it('is refused when it was asked for and is taken', async () => {
    const port = await occupied();
    await expect(choose(port, 1)).rejects.toThrow(`expected port ${port} to be free for the server`);
  });

  it('is another one, and said so, when only the usual one is taken', async () => {
    const port = await occupied();
    const another = await choose(undefined, port);
    expect(another).not.toBe(port);
    expect(lines).toEqual([`port ${port} is taken: the server listens on ${another}`]);
  });

  it('is the usual one when that is free', async () => {
    const port = await occupied();
    await new Promise((closed) => server?.close(closed));
    expect(await choose(undefined, port)).toBe(port);
  });

  it('is any free one for 0', async () => {
    expect(await choose(0, 1)).toBeGreaterThan(1023);
  });
});
