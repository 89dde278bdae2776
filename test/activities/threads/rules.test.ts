import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RuleThreads, startRuleThreads } from '../../../activities/threads/rules.ts';
import type { RuleTask } from '../../../attestation/contract/rules/instances.ts';

let threads: RuleThreads;
beforeAll(async () => {
  threads = await startRuleThreads({ size: 1 });
}, 60_000);
afterAll(() => threads.close());

const predicate = {
  components: Array.from({ length: 3000 }, (_, i) => ({ purl: `pkg:npm/${i}` })),
  text: 'a'.repeat(1_000_000),
};
const task = (rules: Record<string, string>): RuleTask => ({
  rules: Object.entries(rules).map(([name, expr]) => ({ name, expr })),
  statements: [
    {
      sha256: 'a'.repeat(64),
      payload: Buffer.from(JSON.stringify({ _type: 'x', subject: [], predicateType: 'y', predicate })),
      signers: [{ kind: 'key', name: 'release', fingerprint: 'f', algorithm: 'ed25519' }],
    },
  ],
  materials: [],
  pipeline: { project: 'skynet', name: 'release' },
  receivedAt: '2026-01-01T00:00:00.000Z',
});
const outcomes = async (rules: Record<string, string>) =>
  Object.fromEntries((await threads.evaluate(task(rules))).map(({ rule, outcome }) => [rule, outcome]));

/** Far more work than 250 ms allow, and hardly a turn of a loop: only the clock ends it. */
const SLOW = `[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(a, predicate.components.all(c, (predicate.text + c.purl).matches("(a|b)*c${'.?'.repeat(50)}$") || true))`;

describe('a rule in its thread', () => {
  it('that is evaluated in time has its result', async () => {
    expect(
      await outcomes({
        holds: 'predicate.components.all(c, c.purl.startsWith("pkg:"))',
        fails: 'signer.name == "somebody"',
      }),
    ).toEqual({ holds: 'true', fails: 'false' });
  });

  it('that loops is ended by its turns, the same on every machine', async () => {
    expect(
      await outcomes({
        loops: 'predicate.components.all(a, predicate.components.all(b, a.purl != "" && b.purl != ""))',
      }),
    ).toEqual({ loops: 'too-long' });
  });

  it('that is slow without looping is ended by the clock, and the rules after it are evaluated', async () => {
    expect(await outcomes({ before: 'true', slow: SLOW, after: 'pipeline.project == "skynet"' })).toEqual({
      before: 'true',
      slow: 'timeout',
      after: 'true',
    });
  });

  it('that makes more than memory holds fails, and the next attestation is judged', async () => {
    const grow = '.replace("a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")';
    const { explodes } = await outcomes({
      explodes: `predicate.text${grow}${grow}${grow}${grow}.split("").size() > 0`,
    });
    expect(['timeout', 'error']).toContain(explodes);
    expect(await outcomes({ next: 'true' })).toEqual({ next: 'true' });
  });

  it('that gives up its thread does not take the others’ results with it', async () => {
    const hasty = await startRuleThreads({ size: 1, allMs: 400 });
    try {
      const results = await hasty.evaluate(
        task({ first: 'true', slow: SLOW, other: SLOW.replace('c$', 'd$'), last: 'true' }),
      );
      expect(results.map(({ rule }) => rule)).toEqual(['first', 'slow', 'other', 'last']);
      expect(results[1]?.outcome).not.toBe('true');
    } finally {
      await hasty.close();
    }
  });
});
