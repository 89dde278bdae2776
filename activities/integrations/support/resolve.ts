import { promises as dns } from 'node:dns';
import { setTimeout as delay } from 'node:timers/promises';

export type Resolved = { address: string; family: number };
/** Resolves a name to all of its addresses. */
export type Lookup = (hostname: string) => Promise<Resolved[]>;

/**
 * Asks for each name once at a time: whoever asks meanwhile waits for the same answer. The system's resolver keeps a
 * thread for as long as a name server is silent, and has few: one dead name, however often it is tried, costs one.
 */
export function oncePerName(lookup: Lookup): Lookup {
  const underWay = new Map<string, Promise<Resolved[]>>();
  return (hostname) => {
    const running = underWay.get(hostname);
    if (running !== undefined) return running;
    const asked = lookup(hostname).finally(() => underWay.delete(hostname));
    underWay.set(hostname, asked);
    return asked;
  };
}

/** The system's resolver, hosts file and search domains included; shared by all destinations of a process. */
export const resolveBySystem: Lookup = oncePerName((hostname) => dns.lookup(hostname, { all: true }));

/** Fails with the code ETIMEOUT when there is no answer in time; the question itself cannot be taken back. */
export async function resolveWithin(ms: number, lookup: Lookup, hostname: string): Promise<Resolved[]> {
  const answered = new AbortController();
  const late = async (): Promise<never> => {
    await delay(ms, undefined, { signal: answered.signal });
    throw Object.assign(new Error('no answer in time'), { code: 'ETIMEOUT' });
  };
  return Promise.race([lookup(hostname), late()]).finally(() => answered.abort());
}
