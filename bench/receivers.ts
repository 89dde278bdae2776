import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Webhook receivers in this process: they answer 204 at once and count. */
export type Receivers = { urls: string[]; received(): number; close(): Promise<void> };

/** `hang`: they take everything, and never answer. */
export async function startReceivers(count: number, { hang = false } = {}): Promise<Receivers> {
  let received = 0;
  const servers = Array.from({ length: count }, () =>
    createServer((request, response) => {
      request.resume();
      request.once('end', () => {
        received += 1;
        if (!hang) response.writeHead(204).end();
      });
    }),
  );
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))),
  );
  return {
    urls: servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    received: () => received,
    async close() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
