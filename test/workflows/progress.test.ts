import { describe, expect, it } from 'vitest';
import { type Progress, searchTerms } from '../../workflows/progress.ts';

const progress = (destination: string, state: Progress['state'] = 'open'): Progress => ({
  delivery: { id: 'dlv_1', destination, createdAt: '2026-03-01T00:00:00.000Z', stuckAfterMs: 1, attemptMs: 1 },
  state,
});
/** As the server measures it. */
const bytes = (terms: readonly string[]) => Buffer.byteLength(JSON.stringify(terms));

describe('what is searched for', () => {
  it('says each state of a destination once, the urgent ones first', () => {
    const all = [progress('a', 'final'), progress('a'), progress('b'), progress('b', 'blocked'), progress('a')];
    expect(searchTerms(all)).toEqual(['blocked:b', 'open:a', 'open:b', 'final:a']);
    expect(searchTerms([])).toEqual([]);
  });

  it('stays below the size at which a server ends the workflow, and counts what does not fit', () => {
    const names = Array.from({ length: 200 }, (_, index) => `${'long-name-'.repeat(6).slice(0, 59)}${1000 + index}`);
    const terms = searchTerms([...names.map((name) => progress(name)), progress('urgent', 'stuck')]);
    expect(bytes(terms)).toBeLessThanOrEqual(2048);
    expect(terms[0]).toBe('stuck:urgent');
    expect(terms.at(-1)).toBe(`more:${201 - (terms.length - 1)}`);
    expect(terms.length).toBeGreaterThan(20);
  });
});
