import type { RuleResult } from '../../attestation/contract/rules/evaluate.ts';
import type { RuleTask } from '../../attestation/contract/rules/instances.ts';

/** Rules that loop, grow, or give something else than true, by what they do. All must fail. */
const HOSTILE: Record<string, string> = {
  'three loops, 27 million turns':
    'predicate.list.all(a, predicate.list.all(b, predicate.list.all(c, a >= 0 && b >= 0 && c >= 0)))',
  'a pattern over a megabyte, 300 times': 'predicate.list.all(a, predicate.text.matches("^(a|aa|aaa)+$"))',
  'a text that doubles twelve times': `predicate.text${'.replace("a", "aa")'.repeat(12)}.size() > 0`,
  'a list of all characters, 300 times': 'predicate.list.all(a, predicate.text.split("").size() > 0)',
  'a list made in a loop, then walked':
    'predicate.list.map(a, predicate.list.map(b, [a, b])).all(l, l.all(m, m.size() == 2))',
  'an error': 'predicate.nope == 1',
  'a text': '"true"',
  'a number': '1',
  'a list': 'predicate.list',
};

const hostileTask = (): RuleTask => {
  const predicate = { text: 'a'.repeat(1024 * 1024), list: Array.from({ length: 300 }, (_, i) => i) };
  const statement = { _type: 'https://in-toto.io/Statement/v1', subject: [], predicateType: 'bench', predicate };
  return {
    rules: Object.entries(HOSTILE).map(([name, expr]) => ({ name, expr })),
    statements: [
      {
        sha256: 'a'.repeat(64),
        payload: Buffer.from(JSON.stringify(statement)),
        signers: [{ kind: 'key', name: 'bench', fingerprint: 'f'.repeat(64), algorithm: 'ed25519' }],
      },
    ],
    materials: [],
    pipeline: { project: 'bench', name: 'bench' },
    receivedAt: '2026-03-01T12:00:00.000Z',
  };
};

/** How one of them ended. `ms` by the clock, its statement's reading included. */
export type Ended = { what: string; outcome: RuleResult['outcome']; ms: number };

/** One after the other, so that each has its own time. */
export async function timeHostile(evaluate: (task: RuleTask) => Promise<RuleResult[]>): Promise<Ended[]> {
  const task = hostileTask();
  const ended: Ended[] = [];
  for (const rule of task.rules) {
    const since = performance.now();
    const [result] = await evaluate({ ...task, rules: [rule] });
    if (!result) throw new Error(`expected a result of ${rule.name}, found none`);
    ended.push({ what: rule.name, outcome: result.outcome, ms: performance.now() - since });
  }
  return ended;
}
