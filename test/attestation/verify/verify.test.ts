import { describe, expect, it } from 'vitest';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { ARTIFACT, makeEnvelope, makeStatement, receive, sha256Of, sha512Of } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';

const key = makeKey();
const sha256 = sha256Of(ARTIFACT);
const sha512 = sha512Of(ARTIFACT);
const other = sha256Of('another artifact');
type Digest = Record<string, string>;

/** Codes of the checks over statements with these subjects, all signed well. */
const codes = (subjects: Digest[][], sent: { sha256: string; sha512: string }[] = []) => {
  const lines = subjects.map((digests, n) =>
    JSON.stringify(
      makeEnvelope(key, makeStatement({ predicateType: `urn:${n}`, subject: digests.map((digest) => ({ digest })) })),
    ),
  );
  const options = { at: new Date('2026-01-01T00:00:00Z'), project: 'p', pipeline: 'l', threshold: 1, sent };
  const { checks } = verifyStatements(
    receive(Buffer.from(lines.join('\n'))),
    { keys: [key.trusted], profiles: [] },
    options,
  );
  return checks.map(({ code }) => code).filter((code) => code !== 'signature.valid');
};
const shared = ['statement.subjects-shared'];
const differ = ['statement.subjects-differ'];

describe('statements sent together', () => {
  it.each<[string, Digest[][], string[]]>([
    ['one statement alone needs to share nothing', [[{ sha1: 'abc' }]], []],
    ['the same sha256', [[{ sha256 }], [{ sha256 }]], shared],
    ['the same sha512', [[{ sha512 }], [{ sha512 }]], shared],
    ['one of several subjects', [[{ sha256: other }, { sha256 }], [{ sha256 }]], shared],
    ['digests in capitals', [[{ sha256 }], [{ sha256: sha256.toUpperCase() }]], shared],
    ['both digests through one that names both', [[{ sha256 }], [{ sha512 }], [{ sha256, sha512 }]], shared],
    ['different artifacts', [[{ sha256 }], [{ sha256: other }]], differ],
    ['two of three', [[{ sha256 }], [{ sha256 }], [{ sha256: other }]], differ],
    [
      'pairs, but nothing in all',
      [
        [{ sha256 }, { sha256: other }],
        [{ sha256 }, { sha512 }],
        [{ sha256: other }, { sha512 }],
      ],
      differ,
    ],
    ['one digest agreeing and one not', [[{ sha256, sha512 }], [{ sha256, sha512: sha512Of('x') }]], differ],
    ['a sha256 and a sha512 without the bytes', [[{ sha256 }], [{ sha512 }]], differ],
    ['weak digests', [[{ sha1: 'abc' }], [{ sha1: 'abc' }]], differ],
    ['a good digest beside a malformed one', [[{ sha256, sha512: 'abc' }], [{ sha256 }]], differ],
    ['malformed digests', [[{ sha256: 'abc' }], [{ sha256: 'abc' }]], differ],
  ])('%s', (_, subjects, expected) => expect(codes(subjects)).toEqual(expected));

  it('are joined by bytes sent along that hash to both, and by no other bytes', () => {
    const subjects = [[{ sha256 }], [{ sha512 }]];
    expect(codes(subjects, [{ sha256, sha512 }])).toEqual(shared);
    expect(codes(subjects, [{ sha256, sha512: sha512Of('x') }])).toEqual(differ);
    expect(codes([[{ sha256, sha512: sha512Of('x') }], [{ sha512 }]], [{ sha256, sha512 }])).toEqual(differ);
  });

  it('with very many subjects are compared at once', () => {
    const many = (start: number) =>
      Array.from({ length: 5000 }, (_, n) => ({ sha256, sha512: sha512Of(`${start + n}`) }));
    expect(codes([many(0), many(5000)])).toEqual(differ);
    expect(codes([many(0), many(4999)])).toEqual(shared);
  });

  it('are rejected whole when one is not verified, and each keeps its own result', () => {
    const lines = [makeEnvelope(key), makeEnvelope(makeKey('ed25519', { name: 'stranger' }))].map((envelope) =>
      JSON.stringify(envelope),
    );
    const options = { at: new Date('2026-01-01T00:00:00Z'), project: 'p', pipeline: 'l', threshold: 1 };
    const { statements, checks } = verifyStatements(
      receive(Buffer.from(lines.join('\n'))),
      { keys: [key.trusted], profiles: [] },
      options,
    );
    expect(statements.map(({ result }) => result)).toEqual(['verified', 'invalid']);
    expect(checks.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { code: 'signature.unknown-key', subject: statements[1]?.sha256 },
    ]);
  });

  it('that are none fail', () => {
    const options = { at: new Date(), project: 'p', pipeline: 'l', threshold: 1 };
    expect(verifyStatements([], { keys: [key.trusted], profiles: [] }, options).checks).toMatchObject([
      { code: 'statement.none', outcome: 'failed' },
    ]);
  });
});
