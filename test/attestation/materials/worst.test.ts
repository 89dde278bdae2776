import { describe, expect, it } from 'vitest';
import { inspectMaterial } from '../../../attestation/materials/inspect.ts';
import { WORST } from '../../support/worst-materials.ts';

/** What they cost is printed by `npm run bench`; here, that each comes to its end, and to which. */
describe('a document of the worst size and shape comes to an end', { timeout: 60_000 }, () => {
  it.each(WORST)('$name ($type): $outcome', ({ type, outcome, make }) => {
    const inspection = inspectMaterial(Buffer.from(make()), type);
    expect(inspection.outcome).toBe(outcome);
    expect(inspection.problems.length).toBe(outcome === 'valid' ? 0 : Math.min(inspection.problems.length, 20));
    expect(JSON.stringify(inspection.problems).length).toBeLessThan(20_000);
  });

  it('and so does one that is longer than its type may be', () => {
    const { outcome, problems } = inspectMaterial(Buffer.alloc(64 * 1024 * 1024 + 1, ' '), 'SARIF');
    expect(outcome).toBe('not-validated');
    expect(problems[0]?.message).toMatch(/at most 67108864 bytes/);
  });
});
