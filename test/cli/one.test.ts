import { expect, it } from 'vitest';
import type { Io } from '../../cli/io.ts';
import { printAttestation } from '../../cli/one.ts';

it('shows of each material how its content stands, and what it says', () => {
  let out = '';
  const io: Io = {
    env: {},
    cwd: '.',
    stdin: () => Buffer.alloc(0),
    out: (text) => {
      out += text;
    },
    err: () => undefined,
    isTerminal: false,
    columns: undefined,
    now: () => new Date(0),
    sleep: () => Promise.resolve(),
    onInterrupt: () => () => undefined,
  };
  const material = { type: 'SARIF', how: 'signed-name', size: 1, sha256: 'aa' };
  printAttestation(io, {
    verdict: 'accepted',
    checks: [],
    verification: [],
    deliveries: [],
    materials: [
      {
        ...material,
        name: 'scan',
        validation: { outcome: 'valid', checked: 'schema' },
        facts: { levels: { error: 1 }, results: 1 },
      },
      { ...material, name: 'broken', validation: { outcome: 'invalid', checked: 'schema' }, facts: {} },
      { ...material, name: 'log', validation: null, facts: {} },
    ],
  });
  expect(out).toMatch(/scan .* schema: levels error 1, results 1\n/);
  expect(out).toMatch(/broken .* invalid\n/);
  expect(out).toMatch(/log .* -\n/);
});
