import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { LOOPBACK } from './ports.ts';

/**
 * Resolves when the server that listens on that loopback port serves the namespace. TCP first: a gRPC channel that
 * meets a closed port backs off for a second. The signal ends the waiting.
 */
export async function untilServing(port: number, namespace: string, signal: AbortSignal): Promise<void> {
  while (!(await opens(port))) await delay(10, undefined, { signal });
  while (!(await serves(port, namespace))) await delay(20, undefined, { signal });
}

async function opens(port: number): Promise<boolean> {
  const socket = connect({ host: LOOPBACK, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function serves(port: number, namespace: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    // A subchannel of its own: the shared one would hand its backoff on to every later client of this address.
    const channelArgs = { 'grpc.use_local_subchannel_pool': 1 };
    connection = await Connection.connect({ address: `${LOOPBACK}:${port}`, connectTimeout: 1000, channelArgs });
    const { workflowService } = connection;
    await connection.withDeadline(Date.now() + 1000, () => workflowService.describeNamespace({ namespace }));
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
