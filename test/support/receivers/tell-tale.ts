import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A receiver that knows all secrets and says them in every answer. */
export type TellTale = {
  url: string;
  /** How many different answers it has; after the last one it begins again. */
  answers: number;
  calls(): number;
  close(): Promise<void>;
};

type Answer = { status: number; headers?: Record<string, string>; body: string };

/** Starts one. `secrets` is asked at every call, because they are made with its URL. */
export async function createTellTale(secrets: () => readonly string[]): Promise<TellTale> {
  let calls = 0;
  const server = createServer(async (request, response) => {
    const sent = await everythingIn(request);
    const all = answersWith(secrets(), sent);
    const { status, headers = {}, body } = all[calls % all.length] ?? { status: 500, body: sent };
    calls += 1;
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers: answersWith(['x'], '').length,
    calls: () => calls,
    close() {
      server.closeAllConnections();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

async function everythingIn(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return `${request.url} ${JSON.stringify(request.headers)} ${Buffer.concat(chunks)}`;
}

/** Plain, URL-encoded, as form, in JSON, in HTML, in hex, in base64 at each alignment, as Basic credentials. */
const encoded = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  encodeURIComponent(secret).replaceAll('%20', '+'),
  JSON.stringify(secret),
  JSON.stringify(secret).replaceAll('/', '\\/'),
  secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
  Buffer.from(secret).toString('hex'),
  ...['', 'u:', 'us:'].flatMap((before) => [
    Buffer.from(before + secret).toString('base64'),
    Buffer.from(before + secret).toString('base64url'),
  ]),
];

function answersWith(secrets: readonly string[], sent: string): Answer[] {
  const all = secrets.flatMap(encoded).join(' | ');
  const [first = ''] = secrets;
  /** So that each of them lies across the place where an answer is cut. */
  const across = (at: number) => secrets.map((secret) => 'x'.repeat(at - 12) + secret).join('');
  const json = JSON.stringify(fieldsOf(first));
  const taken = { status: 200, headers: { 'content-type': 'application/json' }, body: json };
  const receipt = { token: 'receipt-of-nobody', uuid: 'uuid-of-nobody', projectUuid: 'uuid-of-nobody' };
  const discreet = { ...taken, body: JSON.stringify({ ...fieldsOf(first), ...receipt }) };
  return [
    // Several in a row, for who calls more than once.
    ...[taken, taken, taken, discreet, discreet, discreet],
    { status: 302, headers: { location: `/?of=${encodeURIComponent(first)}` }, body: all },
    { status: 500, body: `${sent} ${all}` },
    { status: 422, body: `${sent} ${all}` },
    { status: 400, headers: { 'content-type': 'application/problem+json' }, body: json },
    { status: 401, body: all },
    { status: 403, body: `<html>${all}</html>` },
    { status: 404, body: all },
    { status: 409, body: json },
    { status: 200, body: all },
    { status: 500, body: across(4096) },
    { status: 400, body: across(300) },
    { status: 500, body: across(65_536) },
    { status: 400, body: secrets.join(' ').repeat(3000).slice(0, 200_000) },
  ];
}

/** Whatever field an integration looks for, the secret is in it. */
const fieldsOf = (secret: string): object => ({
  ...Object.fromEntries(
    [
      ...['id', 'uuid', 'token', 'projectUuid', 'name', 'key', 'url', 'html_url', 'link', 'status', 'state', 'code'],
      ...['title', 'detail', 'message', 'error', 'reason', 'description'],
    ].map((name) => [name, secret]),
  ),
  version: '5.0.4',
  processing: false,
  errors: [secret, { message: secret }],
  permissions: [{ name: secret }],
  lastBomImport: Date.now() + 3_600_000,
});
