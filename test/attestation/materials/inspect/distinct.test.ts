import { describe, expect, it } from 'vitest';
import { createDistinct } from '../../../../attestation/materials/inspect/distinct.ts';

const repeated = (...items: unknown[]) => createDistinct()(items);

describe('items that stand twice in a list', () => {
  it.each<[string, unknown[], number]>([
    ['texts', ['a', 'b', 'a'], 2],
    [
      'objects, whatever the order of their fields',
      [
        { a: 1, b: [{ c: 2 }] },
        { b: [{ c: 2 }], a: 1 },
      ],
      1,
    ],
    [
      'lists',
      [
        [1, [2]],
        [1, [3]],
        [1, [2]],
      ],
      2,
    ],
    ['nothing', [null, null], 1],
  ])('are found: %s', (_, items, item) => expect(repeated(...items)).toMatchObject({ item }));

  it.each<[string, unknown[]]>([
    ['a number and its text', [1, '1', true, 'true', null, 'null']],
    ['objects that differ deep inside', [{ a: [{ b: 1 }] }, { a: [{ b: 2 }] }, { a: [{ b: '1' }] }]],
    ['a field more', [{ a: 1 }, { a: 1, b: 1 }]],
    [
      'lists in another order',
      [
        [1, 2],
        [2, 1],
      ],
    ],
    [
      'names that look like more than one',
      [
        { 'a\nb': 1, c: 2 },
        { a: 1, 'b\nc': 2 },
      ],
    ],
    ['values that look like more fields', [{ a: '1\nb=2' }, { a: '1', b: '2' }]],
    ['an object and a list', [{ 0: 'a' }, ['a']]],
  ])('are not made up: %s', (_, items) => expect(repeated(...items)).toBeUndefined());

  it('are told apart list by list, though nested ones share what was compared before', () => {
    const distinct = createDistinct();
    const inner = { a: [1] };
    expect(distinct([inner, { a: [2] }])).toBeUndefined();
    expect(distinct([inner])).toBeUndefined();
    expect(distinct([inner, { a: [1] }])).toEqual({ item: 1, repeats: 0 });
  });
});
