import { describe, expect, it } from 'vitest';
import {
  parseStatement,
  parseStatementBytes,
  parseSubmission,
  predicateSlice,
} from '../../../attestation/verify/parse.ts';
import { makeEnvelope, makeStatement, sha256Of, toBytes } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';

const key = makeKey('ed25519');
const envelope = makeEnvelope(key);
const text = JSON.stringify(envelope);
const codeOf = (body: string | Uint8Array): string => {
  const parsed = parseSubmission(typeof body === 'string' ? Buffer.from(body) : body);
  return parsed.ok ? 'ok' : parsed.code;
};
const withEnvelope = (changes: Record<string, unknown>) => codeOf(JSON.stringify({ ...envelope, ...changes }));
const bundle = {
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  verificationMaterial: { publicKey: { hint: 'x' }, tlogEntries: [] },
  dsseEnvelope: envelope,
};

describe('bytes of a statement', () => {
  const sha256s = (body: string) => {
    const parsed = parseSubmission(Buffer.from(body));
    return parsed.ok ? parsed.statements.map((statement) => statement.sha256) : parsed.code;
  };

  it('are the whole body of a single document, its last newline included', () => {
    expect(sha256s(text)).toEqual([sha256Of(text)]);
    expect(sha256s(`${text}\n`)).toEqual([sha256Of(`${text}\n`)]);
    const pretty = `${JSON.stringify(envelope, null, 2)}\n`;
    expect(sha256s(pretty)).toEqual([sha256Of(pretty)]);
  });

  it('are a line without its end in JSON Lines, whatever ends lines and whether blank lines stand between', () => {
    const other = JSON.stringify(makeEnvelope(key, makeStatement({ predicateType: 'https://example.com/other' })));
    const expected = [sha256Of(text), sha256Of(other)];
    expect(sha256s(`${text}\n${other}`)).toEqual(expected);
    expect(sha256s(`${text}\r\n\r\n${other}\r\n`)).toEqual(expected);
    expect(sha256s(`\n \n${text}\n\n\n${other}\n\n`)).toEqual(expected);
  });

  it('are a part each in a multipart body, and a part may hold JSON Lines', () => {
    const others = ['a', 'b'].map((type) => JSON.stringify(makeEnvelope(key, makeStatement({ predicateType: type }))));
    const parsed = parseSubmission([Buffer.from(`${text}\n`), Buffer.from(others.join('\n'))]);
    expect(parsed.ok && parsed.statements.map(({ sha256 }) => sha256)).toEqual([`${text}\n`, ...others].map(sha256Of));
  });

  it('are none in a body of blank lines, and a refusal names the right line after them', () => {
    expect(sha256s('\n'.repeat(1024 * 1024))).toBe('submission.empty');
    expect(sha256s(' \t\r\n'.repeat(1000))).toBe('submission.empty');
    const parsed = parseSubmission(Buffer.from(`\n \n${text}\n\n\n[]\n`));
    expect(parsed.ok || parsed.message).toMatch(/^Line 6: /);
  });

  it('are refused when far more stands around the payload than in any envelope', () => {
    expect(sha256s(`${text.slice(0, -1)},"x":[${'0,'.repeat(20_000)}0]}`)).toBe('json.too-many-values');
  });

  it('count once when sent twice', () => expect(sha256s(`${text}\n${text}\n`)).toEqual([sha256Of(text)]));

  it('read the same again from the store', () => {
    const stored = Buffer.from(`${text}\n`);
    const parsed = parseSubmission(stored);
    const again = parseStatementBytes(stored);
    expect(parsed.ok && again.ok && parsed.statements[0]).toEqual(again.ok && again.statement);
  });
});

describe('what is refused before anything is verified', () => {
  it.each([
    ['an empty body', '', 'submission.empty'],
    ['only white space', ' \n\r\n\t', 'submission.empty'],
    ['no JSON', 'payload=abc', 'json.invalid'],
    ['JSON that is cut off', text.slice(0, -20), 'json.invalid'],
    ['a pretty-printed document that is cut off', JSON.stringify(envelope, null, 2).slice(0, -5), 'json.invalid'],
    [
      'two pretty-printed documents',
      `${JSON.stringify(envelope, null, 2)}\n${JSON.stringify(envelope, null, 2)}`,
      'json.invalid',
    ],
    ['a byte order mark', `\uFEFF${text}`, 'json.invalid'],
    ['comments', text.replace('{', '{/* */'), 'json.invalid'],
    ['a list', `[${text}]`, 'submission.shape'],
    ['null', 'null', 'submission.shape'],
    ['another object', '{"attestations":[]}', 'submission.attestations'],
    ['an object that is both', JSON.stringify({ ...bundle, ...envelope }), 'submission.shape'],
    ['a second line that is not JSON', `${text}\n{"payload`, 'json.invalid'],
    ['seventeen statements', Array(17).fill(text).join('\n'), 'submission.too-many-statements'],
  ])('%s', (_, body, code) => expect(codeOf(body)).toBe(code));

  it('bytes that are not UTF-8', () =>
    expect(codeOf(Buffer.from(text.replace('test-ed25519', 'é'), 'latin1'))).toBe('json.not-utf8'));

  it('more bytes than allowed, saying how many', () => {
    const parsed = parseSubmission(Buffer.from(text), { maxBytes: 10 });
    expect(parsed).toMatchObject({
      ok: false,
      code: 'submission.too-large',
      expected: 'at most 10 bytes',
      found: `${text.length} bytes`,
    });
  });

  it('a damaged line, naming the line', () => {
    const parsed = parseSubmission(Buffer.from(`${text}\n\n${text.replace('"payload"', '"pay"')}`));
    expect(parsed).toMatchObject({ ok: false, code: 'envelope.shape', message: expect.stringMatching(/^Line 3: /) });
  });

  it('never repeats what was sent as if it were JSON', () => {
    const parsed = parseSubmission(Buffer.from('token=SECRET-CANARY'));
    expect(JSON.stringify(parsed)).not.toContain('CANARY');
  });

  it('very many lines, without reading them all', () => {
    expect(codeOf(`${text}\n${text} x\n${'\n'.repeat(1_000_000)}`)).toBe('json.invalid');
    expect(codeOf('{}\n'.repeat(1_000_000))).toBe('submission.too-many-statements');
  });
});

describe('an envelope', () => {
  it('is decoded, hashed and stripped to plain data that survives a clone', () => {
    const parsed = parseStatementBytes(Buffer.from(text));
    if (!parsed.ok) throw new Error(parsed.message);
    const { statement } = parsed;
    expect(statement).toMatchObject({
      kind: 'dsse',
      sha256: sha256Of(text),
      envelope: { payloadType: envelope.payloadType },
    });
    const payload = Buffer.from(envelope.payload, 'base64');
    expect(Buffer.from(statement.envelope.payload).equals(payload)).toBe(true);
    expect(statement.paeDigest).toBe(
      sha256Of(`DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${payload.length} ${payload}`),
    );
    expect(structuredClone(statement).paeDigest).toBe(statement.paeDigest);
  });

  it('may be in URL-safe base64, with or without padding, and means the same', () => {
    const statement = makeStatement({ predicate: '~~~???>>>' });
    const given = makeEnvelope(key, statement);
    const urlSafe = given.payload.replaceAll('+', '-').replaceAll('/', '_');
    expect(urlSafe).not.toBe(given.payload);
    const digests = [given.payload, urlSafe, urlSafe.replaceAll('=', '')].map((payload) => {
      const parsed = parseStatementBytes(toBytes({ ...given, payload }));
      return parsed.ok ? parsed.statement.paeDigest : parsed.code;
    });
    expect(new Set(digests).size).toBe(1);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('ignores fields it does not know, and a keyid that is null or empty', () => {
    const signatures = envelope.signatures.map(({ sig }) => ({ sig, keyid: null, other: 'x' }));
    expect(withEnvelope({ signatures, extra: 1 })).toBe('ok');
    expect(withEnvelope({ signatures: [{ sig: envelope.signatures[0]?.sig, keyid: '' }] })).toBe('ok');
  });

  const sig = envelope.signatures[0]?.sig ?? '';
  it.each<[string, Record<string, unknown>, string]>([
    ['a payload that is no text', { payload: 1 }, 'envelope.shape'],
    ['no signatures field', { signatures: undefined }, 'envelope.shape'],
    ['an empty list of signatures', { signatures: [] }, 'envelope.no-signatures'],
    ['seventeen signatures', { signatures: Array(17).fill({ sig }) }, 'envelope.too-many-signatures'],
    ['a signature that is a text', { signatures: [sig] }, 'envelope.shape'],
    ['a signature that is null', { signatures: [null] }, 'envelope.shape'],
    ['a signature with an "ok" and nothing else', { signatures: [{ ok: true }] }, 'envelope.shape'],
    ['a keyid that is a number', { signatures: [{ sig, keyid: 1 }] }, 'envelope.shape'],
    ['an empty signature', { signatures: [{ sig: '' }] }, 'envelope.base64'],
    ['a huge signature', { signatures: [{ sig: 'A'.repeat(20_000) }] }, 'envelope.base64'],
    ['an empty payload', { payload: '' }, 'envelope.base64'],
    [
      'base64 with a line break',
      { payload: `${envelope.payload.slice(0, 8)}\n${envelope.payload.slice(8)}` },
      'envelope.base64',
    ],
    ['base64 with junk', { payload: `${envelope.payload}!` }, 'envelope.base64'],
    ['base64 with too much padding', { payload: 'QUJD=' }, 'envelope.base64'],
    ['base64 with too little padding', { payload: 'QQ=' }, 'envelope.base64'],
    ['base64 with left-over bits', { payload: 'QR==' }, 'envelope.base64'],
    ['base64 of an impossible length', { payload: 'QUJDR' }, 'envelope.base64'],
    ['base64 of both alphabets', { payload: '-_+/' }, 'envelope.base64'],
    ['the payload type of something else', { payloadType: 'application/json' }, 'envelope.payload-type'],
    [
      'a payload type that only begins well',
      { payloadType: 'application/vnd.in-toto+json; x' },
      'envelope.payload-type',
    ],
  ])('is refused with %s', (_, changes, code) => expect(withEnvelope(changes)).toBe(code));

  it('may name its predicate in the payload type', () => {
    expect(codeOf(toBytes(makeEnvelope(key, makeStatement(), 'application/vnd.in-toto.provenance+json')))).toBe('ok');
  });
});

describe('a bundle', () => {
  const withMaterial = (changes: Record<string, unknown>) =>
    codeOf(toBytes({ ...bundle, verificationMaterial: { ...bundle.verificationMaterial, ...changes } }));
  const entry = {
    logIndex: '1',
    logId: { keyId: 'QUJD' },
    kindVersion: { kind: 'dsse', version: '0.0.1' },
    canonicalizedBody: 'QUJD',
  };
  const proof = (envelope: string) => ({ rootHash: 'QUJD', treeSize: '2', checkpoint: { envelope } });

  it('is accepted with what every known version has', () => {
    expect(codeOf(toBytes(bundle))).toBe('ok');
    expect(
      withMaterial({
        tlogEntries: [
          { ...entry, logIndex: 1, inclusionProof: proof('log\n2\nQUJD\n\n\u2014 rekor.sigstore.dev QUJD\n') },
        ],
      }),
    ).toBe('ok');
  });

  it('may name no signer: then only a registered key can have signed', () => {
    for (const verificationMaterial of [undefined, null, {}])
      expect(codeOf(toBytes({ ...bundle, verificationMaterial }))).toBe('ok');
  });

  it.each([
    [
      'an unknown media type',
      { mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.4' },
      'bundle.media-type',
    ],
    ['a media type that only begins well', { mediaType: `${bundle.mediaType};x` }, 'bundle.media-type'],
    ['no media type', { mediaType: undefined }, 'bundle.media-type'],
    ['a message signature', { dsseEnvelope: undefined, messageSignature: {} }, 'bundle.message-signature'],
    ['a message signature beside the envelope', { messageSignature: {} }, 'bundle.message-signature'],
    ['no envelope', { dsseEnvelope: undefined }, 'bundle.shape'],
    ['verification material that is none', { verificationMaterial: [] }, 'bundle.shape'],
    [
      'two signatures',
      { dsseEnvelope: { ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] } },
      'envelope.too-many-signatures',
    ],
  ])('is refused with %s', (_, changes, code) => expect(codeOf(toBytes({ ...bundle, ...changes }))).toBe(code));

  it.each<[string, Record<string, unknown>, string]>([
    ['two signers', { certificate: { rawBytes: 'QUJD' } }, 'bundle.shape'],
    ['five log entries', { tlogEntries: Array(5).fill(entry) }, 'bundle.too-large'],
    ['damaged base64 deep inside', { tlogEntries: [{ ...entry, canonicalizedBody: 'QUJ' + '\n' }] }, 'bundle.base64'],
    ['an index written in an unusual way', { tlogEntries: [{ ...entry, logIndex: '01' }] }, 'bundle.shape'],
    [
      'an index beyond what a number holds',
      { tlogEntries: [{ ...entry, logIndex: '9007199254740993' }] },
      'bundle.shape',
    ],
    [
      'five certificates',
      { publicKey: undefined, x509CertificateChain: { certificates: Array(5).fill({ rawBytes: 'QUJD' }) } },
      'bundle.too-large',
    ],
    [
      'five timestamps',
      { timestampVerificationData: { rfc3161Timestamps: Array(5).fill({ signedTimestamp: 'QUJD' }) } },
      'bundle.too-large',
    ],
    [
      'a huge checkpoint',
      { tlogEntries: [{ ...entry, inclusionProof: proof('x'.repeat(20_000)) }] },
      'bundle.too-large',
    ],
    [
      'a checkpoint whose signer is a pattern',
      { tlogEntries: [{ ...entry, inclusionProof: proof('a\n\n\u2014 (a+)+$ QUJD\n') }] },
      'bundle.shape',
    ],
  ])('is refused with %s', (_, changes, code) => expect(withMaterial(changes)).toBe(code));
});

describe('a statement', () => {
  const parse = (statement: unknown) =>
    parseStatement(Buffer.from(typeof statement === 'string' ? statement : JSON.stringify(statement)));

  it('is read in version 0.1 and 1', () => {
    for (const _type of ['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1']) {
      expect(parse(makeStatement({ _type }))).toMatchObject({
        ok: true,
        statement: { _type, subject: [{ name: 'app.tar.gz' }] },
      });
    }
  });

  it.each<[string, unknown, string]>([
    ['text', 'hello', 'statement.invalid'],
    ['a list', [], 'statement.shape'],
    ['another _type', makeStatement({ _type: 'https://in-toto.io/Statement/v2' }), 'statement.type-unknown'],
    ['no predicate type', makeStatement({ predicateType: '' }), 'statement.shape'],
    ['no subject', makeStatement({ subject: [] }), 'statement.shape'],
    ['a subject without a digest', makeStatement({ subject: [{ name: 'x', digest: {} }] }), 'statement.shape'],
    ['a digest that is a number', makeStatement({ subject: [{ digest: { sha256: 1 } }] }), 'statement.shape'],
    ['a key twice', JSON.stringify(makeStatement()).replace('{', '{"predicateType":"x",'), 'statement.duplicate-key'],
    ['a __proto__', JSON.stringify(makeStatement()).replace('{', '{"__proto__":{},'), 'statement.forbidden-key'],
  ])('is refused when it is or has %s', (_, statement, code) =>
    expect(parse(statement)).toMatchObject({ ok: false, code }),
  );

  it('gives its predicate byte for byte, whatever surrounds and fills it', () => {
    const predicate = '{ "é\\u0041😀" : [1.0, "}\\"{", {"predicate": 1}],\n "b":\t"\\\\" }';
    const payload = Buffer.from(
      `{"ключ":"значение 😀", "x":{"predicate":"not this"} , "predicate" :\n ${predicate} , "z":[]}`,
    );
    expect(predicateSlice(payload)?.toString()).toBe(predicate);
    expect(predicateSlice(Buffer.from('{"predicate":12}'))?.toString()).toBe('12');
    expect(predicateSlice(Buffer.from('{"predicate":"a, b" }'))?.toString()).toBe('"a, b"');
    expect(predicateSlice(Buffer.from('{"predicat":{"predicate":1}}'))).toBeUndefined();
    expect(predicateSlice(Buffer.from('[{"predicate":1}]'))).toBeUndefined();
  });
});
