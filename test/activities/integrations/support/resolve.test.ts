import { describe, expect, it } from 'vitest';
import { createHttp } from '../../../../activities/integrations/support/http.ts';
import { type Lookup, oncePerName, type Resolved } from '../../../../activities/integrations/support/resolve.ts';

/** A resolver that is silent about every name until it is told what to say. */
function silentResolver() {
  const asked: string[] = [];
  const waiting = new Map<string, (addresses: Resolved[]) => void>();
  const lookup: Lookup = (hostname) => {
    asked.push(hostname);
    return new Promise((resolve) => waiting.set(hostname, resolve));
  };
  return {
    asked,
    lookup,
    say: (name: string, address: string) => waiting.get(name)?.([{ address, family: 4 }]),
  };
}

describe('oncePerName', () => {
  it('asks once for a name that many wait for, and gives all of them the answer', async () => {
    const { asked, lookup, say } = silentResolver();
    const once = oncePerName(lookup);
    const many = Array.from({ length: 200 }, () => once('dead.example'));
    const other = once('alive.example');
    say('alive.example', '192.0.2.2');
    expect(await other).toEqual([{ address: '192.0.2.2', family: 4 }]);
    say('dead.example', '192.0.2.1');
    expect(new Set((await Promise.all(many)).flat().map(({ address }) => address))).toEqual(new Set(['192.0.2.1']));
    expect(asked).toEqual(['dead.example', 'alive.example']);
  });

  it('asks anew once there was an answer, good or bad', async () => {
    let answers = 0;
    const once = oncePerName(async (hostname) => {
      answers += 1;
      if (answers === 1) throw new Error(`no ${hostname}`);
      return [{ address: '192.0.2.1', family: 4 }];
    });
    await expect(once('a.example')).rejects.toThrow('no a.example');
    expect(await once('a.example')).toHaveLength(1);
    expect(await once('a.example')).toHaveLength(1);
    expect(answers).toBe(3);
  });
});

describe('a resolver that never answers', () => {
  it('ends the call as a failed resolution, and the next call joins the question that is still out', async () => {
    const { asked, lookup } = silentResolver();
    const { signal } = new AbortController();
    const http = createHttp({ allow: [], secrets: [], signal, timeoutMs: 200, lookup: oncePerName(lookup) });
    for (let turn = 0; turn < 2; turn += 1)
      await expect(http({ url: 'http://dead.example/' })).rejects.toMatchObject({ scope: 'retry', code: 'dns.failed' });
    expect(asked).toEqual(['dead.example']);
    await http.close();
  });
});
