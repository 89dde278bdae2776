import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, type NativeConnectionOptions, TransportError } from '@temporalio/worker';

/** A Temporal server and how to reach it. `options` may hold an API key and private keys: never print it. */
export type TemporalTarget = { address: string; namespace: string; options: TargetOptions };
type TargetOptions = Pick<NativeConnectionOptions, 'tls' | 'apiKey' | 'metadata'>;

/** A server that is still starting is waited for. */
const CONNECT_WITHIN_MS = 10_000;

/**
 * The server that the environment names, by Temporal's own rules: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`,
 * `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*`, or a profile of its configuration file. Undefined where no address is given:
 * the caller starts the dev server then.
 */
export function loadTemporalConnection(options: {
  env: Readonly<Record<string, string | undefined>>;
}): TemporalTarget | undefined {
  const env = Object.fromEntries(Object.entries(options.env).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
  try {
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({ overrideEnvVars: env });
    const { address, tls, apiKey, metadata } = connectionOptions;
    if (!address) return undefined;
    const given = { ...(tls != null && { tls }), ...(apiKey && { apiKey }), ...(metadata && { metadata }) };
    return { address, namespace, options: given };
  } catch (error) {
    throw new Error(
      `expected a usable Temporal configuration (TEMPORAL_* variables and profile file), found: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** A server without TLS or key, such as our dev server. */
export const plainTarget = (address: string, namespace = 'default'): TemporalTarget => ({
  address,
  namespace,
  options: {},
});

/**
 * A client for the API's side, connected. It survives a restart of the server. Close it with `client.connection.close()`.
 * `identity` names the caller in Temporal's records.
 */
export async function createTemporalClient(
  target: TemporalTarget,
  options: { identity: string; withinMs?: number },
): Promise<Client> {
  const client = lazyTemporalClient(target, options);
  await client.connection.ensureConnected().catch((error: Error) => {
    throw unreachable(target, error);
  });
  return client;
}

/** The same, without waiting: for the API, which takes attestations while the server is away. */
export function lazyTemporalClient(
  target: TemporalTarget,
  options: { identity: string; withinMs?: number },
): Client & { connection: Connection } {
  const connection = Connection.lazy({
    address: target.address,
    ...target.options,
    connectTimeout: options.withinMs ?? CONNECT_WITHIN_MS,
    // grpc-js would otherwise wait up to two minutes before it tries a server again that was away.
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 2_000 },
  });
  return new Client({ connection, namespace: target.namespace, identity: options.identity }) as Client & {
    connection: Connection;
  };
}

/** A connection for workers. A process that forgets to close it does not end by itself. */
export async function connectWorker(
  target: TemporalTarget,
  { withinMs = CONNECT_WITHIN_MS }: { withinMs?: number } = {},
): Promise<NativeConnection> {
  // Unlike the client's, this connection gives up at the first refusal.
  for (const until = performance.now() + withinMs; ; await delay(250)) {
    try {
      return await NativeConnection.connect({ address: target.address, ...target.options });
    } catch (error) {
      if (!(error instanceof TransportError) || performance.now() > until) throw unreachable(target, error as Error);
    }
  }
}

const unreachable = ({ address, namespace, options }: TemporalTarget, cause: Error): Error =>
  new Error(
    `expected a Temporal server at ${address} (namespace ${namespace}, TLS ${(options.tls ?? options.apiKey) ? 'on' : 'off'}), ` +
      `could not reach it: ${cause.message}. Check TEMPORAL_ADDRESS and the TLS settings, ` +
      'or unset them and `waybill up` starts a server of its own.',
    { cause },
  );
