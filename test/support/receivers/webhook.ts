import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** One event as it arrived. */
type ReceivedEvent = {
  /** When its last byte had come. */
  at: string;
  id: string;
  timestamp: string;
  signatures: string[];
  isSigned: boolean;
  contentType: string;
  body: string;
  status: number;
};
type ScriptedAnswer = { status: number; headers?: Record<string, string>; body?: string };
export type WebhookReceiver = {
  url: string;
  /** Every call, in order of arrival. */
  calls: readonly ReceivedEvent[];
  /** What a careful receiver keeps: the first accepted event of every webhook-id. */
  ledger: ReadonlyMap<string, ReceivedEvent>;
  /** Answers to give next, one each; then 204 for what is signed and 401 for what is not. */
  script: ScriptedAnswer[];
  close(): Promise<void>;
};

/**
 * A receiver that verifies Standard Webhooks signatures with one secret and keeps each webhook-id once; with
 * `refusesRepeats` it answers 409 to one that it has.
 */
export async function createWebhookReceiver(
  secret: string,
  given: { port?: number; refusesRepeats?: boolean } = {},
): Promise<WebhookReceiver> {
  const calls: ReceivedEvent[] = [];
  const ledger = new Map<string, ReceivedEvent>();
  const script: ScriptedAnswer[] = [];
  const server = createServer(async (request, response) => {
    const body = await readText(request);
    const isSigned = verifies(secret, request, body);
    const isRepeat = given.refusesRepeats && ledger.has(String(request.headers['webhook-id']));
    const answer = script.shift() ?? { status: isSigned ? (isRepeat ? 409 : 204) : 401 };
    const event = toEvent(request, body, isSigned, answer.status);
    calls.push(event);
    if (answer.status < 300 && !ledger.has(event.id)) ledger.set(event.id, event);
    response.writeHead(answer.status, answer.headers ?? {}).end(answer.body ?? '');
  });
  await new Promise<void>((resolve) => void server.listen(given.port ?? 0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, calls, ledger, script, close };
}

function verifies(secret: string, request: IncomingMessage, body: string): boolean {
  try {
    new Webhook(secret).verify(body, request.headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

function toEvent(request: IncomingMessage, body: string, isSigned: boolean, status: number): ReceivedEvent {
  const header = (name: string) => String(request.headers[name] ?? '');
  return {
    at: new Date().toISOString(),
    id: header('webhook-id'),
    timestamp: header('webhook-timestamp'),
    signatures: header('webhook-signature').split(' '),
    isSigned,
    contentType: header('content-type'),
    body,
    status,
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
