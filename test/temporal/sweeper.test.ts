import { once } from 'node:events';
import { createServer as createGrpcServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { lazyTemporalClient, plainTarget } from '../../temporal/connect.ts';
import { startSweeper } from '../../temporal/sweeper.ts';
import { createWorld, t, type World, who } from '../db/world.ts';

/** Answers a call with an empty message, which says "done" to every call that the sweeper makes. */
function answer(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.alloc(5));
}

/** Temporal's wire with nothing behind it: counts calls by name, and answers those that it should. */
function fakeTemporal(answers: (call: string) => boolean) {
  const calls: string[] = [];
  const server = createGrpcServer();
  server.on('stream', (stream, headers) => {
    const call = String(headers[':path']).split('/').at(-1) ?? '';
    stream.on('error', () => {});
    stream.resume();
    calls.push(call);
    if (answers(call)) answer(stream as ServerHttp2Stream);
    server.emit('call', call);
  });
  const count = (call: string) => calls.filter((one) => one === call).length;
  const until = async (call: string, times: number) => {
    while (count(call) < times) await once(server, 'call');
  };
  return { server, count, until };
}

let world: World;
const endings: (() => unknown)[] = [];
beforeEach(async () => {
  const db = openSqliteDatabase({ path: ':memory:' });
  endings.push(() => db.close());
  world = await createWorld(db);
});
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function listen(server: Server | Http2Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function sweep(address: string) {
  const client = lazyTemporalClient(plainTarget(address), { identity: 'test' });
  endings.push(() => client.connection.close());
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => warnings.push(message), info: () => {} };
  const sweeper = startSweeper({ db: world.db, client, processId: 'p1', clock: () => new Date(t(600)), log });
  endings.push(() => sweeper.stop());
  return { sweeper, warnings };
}

describe('the sweeper', () => {
  it('starts what is undecided, sends commands again and looks at hosts, each kind in one sweep', async () => {
    await world.connect('dt');
    const id = await world.deliver('done', 1);
    await world.db.deliveries.commandRetry(id, { ...who(2), reason: null });
    for (let i = 0; i < 25; i++) await world.receive(`open${i}`, i);
    const temporal = fakeTemporal((call) => call !== 'DescribeWorkflowExecution');
    const { sweeper, warnings } = sweep(await listen(temporal.server));
    await temporal.until('DescribeWorkflowExecution', 1);
    await sweeper.stop();
    expect(temporal.count('StartWorkflowExecution')).toBe(25);
    expect(temporal.count('ResetActivityExecution')).toBe(1);
    expect(warnings).toEqual([]);
    expect(await world.db.attestations.toSweep(t(600), 50, t(600))).toEqual([]);
  });

  it('asks after the workflow of a replay, and has it look once more that the replay is over', async () => {
    await world.connect('dt');
    const { replays } = world.db;
    const spec = { destination: 'dt', mode: 'missing', includeSkipped: false } as const;
    for (const id of ['rpl_1', 'rpl_2', 'rpl_3'])
      await replays.create({ id, spec, throughSeq: 0, total: 0, reason: null, ...who(1) });
    await replays.steer('rpl_2', 'cancelled', { ...who(2), reason: null });
    await replays.steer('rpl_3', 'cancelled', { ...who(2), reason: null });
    await replays.closed('rpl_3');
    const temporal = fakeTemporal((call) => call !== 'DescribeWorkflowExecution');
    const { sweeper, warnings } = sweep(await listen(temporal.server));
    await temporal.until('SignalWithStartWorkflowExecution', 1);
    await temporal.until('DescribeWorkflowExecution', 1);
    await sweeper.stop();
    expect(temporal.count('SignalWithStartWorkflowExecution')).toBe(1);
    expect(temporal.count('DescribeWorkflowExecution')).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('tells a workflow once of the end of a delivery that it did not bring about', async () => {
    await world.connect('dt');
    const id = await world.deliver('one', 1);
    await world.db.deliveries.skip(id, { ...who(2), reason: 'receiver retired' });
    await world.deliver('two', 3);
    const temporal = fakeTemporal((call) => call !== 'DescribeWorkflowExecution');
    const { sweeper, warnings } = sweep(await listen(temporal.server));
    await temporal.until('DescribeWorkflowExecution', 1);
    await sweeper.stop();
    expect(temporal.count('SignalWorkflowExecution')).toBe(1);
    expect(warnings).toEqual([]);
    expect(await world.db.hosts.untold(t(9999), 10, t(9999))).toEqual([]);
  });

  it('tells it again when Temporal did not take it', async () => {
    await world.connect('dt');
    const id = await world.deliver('one', 1);
    await world.db.deliveries.skip(id, { ...who(2), reason: 'receiver retired' });
    const temporal = fakeTemporal((call) => call !== 'SignalWorkflowExecution');
    const { sweeper } = sweep(await listen(temporal.server));
    await temporal.until('SignalWorkflowExecution', 1);
    await sweeper.stop();
    expect(await world.db.hosts.untold(t(9999), 10, t(9999))).toMatchObject([{ id, state: 'skipped' }]);
  });

  it('ends when it is stopped, though Temporal takes connections and never answers; nobody lost a turn', async () => {
    await world.receive('open', 1);
    const server = createServer();
    const address = await listen(server);
    const connected = once(server, 'connection');
    const { sweeper, warnings } = sweep(address);
    await connected;
    await sweeper.stop();
    expect(warnings).toEqual([]);
    expect(await world.db.attestations.toSweep(t(600), 50, t(600))).toHaveLength(1);
  });

  it('ends when it is stopped in the middle of calls that hang, a few of which are out at once', async () => {
    for (let i = 0; i < 25; i++) await world.receive(`open${i}`, i);
    const temporal = fakeTemporal((call) => call === 'GetSystemInfo');
    const { sweeper } = sweep(await listen(temporal.server));
    await temporal.until('StartWorkflowExecution', 10);
    await sweeper.stop();
    expect(temporal.count('StartWorkflowExecution')).toBe(10);
    expect(await world.db.attestations.toSweep(t(600), 50, t(600))).toHaveLength(15);
  });
});
