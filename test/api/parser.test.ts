import { describe, expect, it } from 'vitest';
import { createParser } from '../../api/ingest/parser.ts';
import { makeEnvelope, makeStatement, sha256Of, toBytes } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';

const MAX_BYTES = 32 * 2 ** 20;
const KEY = makeKey('ed25519');
const large = (): Buffer => toBytes(makeEnvelope(KEY, makeStatement({ predicate: { text: 'x'.repeat(8 * 2 ** 20) } })));

describe('reading what was sent', () => {
  it('is cut off when it takes too long: nothing is recorded, and small documents are read as before', async () => {
    const parse = createParser({ parseMs: 1 });
    await expect(parse([large()], MAX_BYTES)).rejects.toMatchObject({
      problem: { status: 503, code: 'submissions.busy', headers: { 'retry-after': '5' } },
    });
    expect(await parse([toBytes(makeEnvelope(KEY))], MAX_BYTES)).toMatchObject({ ok: true });
  });

  it('goes on with the threads that are left after others were cut off', async () => {
    const impatient = createParser({ parseMs: 1 });
    await Promise.allSettled([large(), large(), large()].map((document) => impatient([document], MAX_BYTES)));
    const document = large();
    const sha256 = sha256Of(document);
    expect(await createParser()([document], MAX_BYTES)).toMatchObject({ ok: true, statements: [{ sha256 }] });
  });
});
