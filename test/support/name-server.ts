import { createSocket } from 'node:dgram';
import { promises as dns } from 'node:dns';
import type { AddressInfo } from 'node:net';
import type { Lookup } from '../../activities/integrations/support/resolve.ts';

/** What a name is: another name, or addresses; a function gives another answer at every question. */
export type Zone = Record<string, { cname: string } | { a: readonly string[] } | (() => { a: readonly string[] })>;

/** A name server on a socket of its own, and a resolver that asks it and follows its chains. */
export async function createNameServer(zone: Zone): Promise<{ lookup: Lookup; asked: string[]; close(): void }> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const name = nameIn(question);
    asked.push(name);
    const answers = recordsOf(zone, name);
    const header = Buffer.alloc(12);
    question.copy(header, 0, 0, 2);
    for (const [index, value] of [0x8180, 1, answers.length].entries()) header.writeUInt16BE(value, 2 + 2 * index);
    const asking = question.subarray(12, 12 + encodeName(name).length + 4);
    socket.send(Buffer.concat([header, asking, ...answers]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const resolver = new dns.Resolver();
  resolver.setServers([`127.0.0.1:${(socket.address() as AddressInfo).port}`]);
  const lookup: Lookup = async (hostname) =>
    (await resolver.resolve4(hostname)).map((address) => ({ address, family: 4 }));
  return { lookup, asked, close: () => socket.close() };
}

function nameIn(question: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; question[at]; at += (question[at] ?? 0) + 1)
    labels.push(question.subarray(at + 1, at + 1 + (question[at] ?? 0)).toString());
  return labels.join('.').toLowerCase();
}

const encodeName = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);

const CNAME = 5;
const A = 1;

/** The whole chain in one answer, as a resolver of the network sends it. */
function recordsOf(zone: Zone, name: string): Buffer[] {
  const entry = zone[name];
  const found = typeof entry === 'function' ? entry() : entry;
  if (found === undefined) return [];
  if ('cname' in found) return [record(name, CNAME, encodeName(found.cname)), ...recordsOf(zone, found.cname)];
  return found.a.map((address) => record(name, A, Buffer.from(address.split('.').map(Number))));
}

function record(name: string, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), fixed, data]);
}
