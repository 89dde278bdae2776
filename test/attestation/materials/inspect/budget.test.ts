import { describe, expect, it } from 'vitest';
import { overBudget } from '../../../../attestation/materials/inspect/budget.ts';
import { inspectMaterial } from '../../../../attestation/materials/inspect.ts';

const many = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(',');

describe('JSON that would need far more memory than its size', () => {
  it('is not parsed: very many values', () => {
    const text = `[${'[],'.repeat(2_100_000)}[]]`;
    expect(overBudget(text)).toMatch(/at most 4000000 values/);
    expect(inspectMaterial(Buffer.from(text), 'GHAS_CODE_SCAN').problems[0]?.message).toMatch(/too complex/);
  });

  it('is not parsed: very many different keys, on one line or one a line', () => {
    const objects = (separator: string) =>
      many(200_001, (index) => `{"key-${index}":{}}`).replaceAll('},{', `}${separator}{`);
    expect(overBudget(`[${objects(',')}]`)).toMatch(/at most 200000 different keys/);
    expect(inspectMaterial(Buffer.from(objects('\n')), 'GHAS_CODE_SCAN').problems[0]?.message).toMatch(/too complex/);
  });

  it.each([
    ['[{"a":1,"b":"x, [ { \\" : "}]'],
    [`[${many(300_000, () => '{"name":"a","version":"1"}')}]`],
    [`[${many(300_000, (index) => `"value ${index}: {"`)}]`],
    ['not JSON "'],
  ])('is not this, which is left to the parser (%#)', (text) => expect(overBudget(text)).toBeUndefined());
});
