import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Verification } from '../../../attestation/verdict.ts';
import type { TrustedKey } from '../../../attestation/verify/keys.ts';
import { pae } from '../../../attestation/verify/pae.ts';
import type { EnvelopeJson } from '../../../attestation/verify/sign.ts';
import { signEnvelope } from '../../../attestation/verify/sign.ts';
import { type VerifyOptions, verifyStatements } from '../../../attestation/verify/verify.ts';
import { makeEnvelope, makeStatement, receive } from '../../support/envelopes.ts';
import { ALGORITHMS, makeKey, type TestKey } from '../../support/keys.ts';

const at = new Date('2026-03-01T12:00:00Z');
const verify = (body: unknown, keys: readonly TrustedKey[], options: Partial<VerifyOptions> = {}): Verification =>
  verifyStatements(
    receive(body),
    { keys, profiles: [] },
    { at, project: 'acme', pipeline: 'skynet', threshold: 1, ...options },
  );
/** `result code code…` of the first statement. */
const summary = ({ statements, checks }: Verification) => [
  statements[0]?.result,
  ...checks.map(({ code, outcome }) => `${code} ${outcome}`),
];
const withSignature = (envelope: EnvelopeJson, sig: Buffer, keyid?: string) => ({
  ...envelope,
  signatures: [{ sig: sig.toString('base64'), keyid }],
});

describe.each(ALGORITHMS)('a statement signed with %s', (algorithm) => {
  const key = makeKey(algorithm);
  const envelope = makeEnvelope(key);

  it('is verified with the registered key, whatever its keyid says', () => {
    for (const keyid of [key.name, key.trusted.fingerprint, 'something else', undefined]) {
      const signatures = envelope.signatures.map(({ sig }) => ({ sig, keyid }));
      const { statements, checks } = verify({ ...envelope, signatures }, [makeKey().trusted, key.trusted]);
      expect(checks).toMatchObject([{ code: 'signature.valid', outcome: 'passed', subject: statements[0]?.sha256 }]);
      expect(statements).toMatchObject([
        {
          result: 'verified',
          predicateType: 'https://slsa.dev/provenance/v1',
          signers: [{ kind: 'key', name: key.name, fingerprint: key.trusted.fingerprint, algorithm }],
        },
      ]);
      expect(statements[0]?.provenAt).toBeUndefined();
    }
  });

  it('is refused with another key of the same kind', () => {
    expect(summary(verify(envelope, [makeKey(algorithm, { name: 'other' }).trusted]))).toEqual([
      'invalid',
      'signature.unknown-key failed',
    ]);
  });

  it('is refused when one bit of it changed', () => {
    const payload = Buffer.from(envelope.payload, 'base64');
    payload[payload.length - 3] = (payload.at(-3) ?? 0) ^ 1;
    expect(summary(verify({ ...envelope, payload: payload.toString('base64') }, [key.trusted]))).toEqual([
      'invalid',
      'signature.invalid failed',
    ]);
  });

  it('is refused when the signature covers the bare payload', () => {
    const payload = Buffer.from(envelope.payload, 'base64');
    const raw = signRaw(key, payload);
    expect(summary(verify(withSignature(envelope, raw, key.name), [key.trusted]))).toEqual([
      'invalid',
      'signature.not-pae failed',
    ]);
  });

  it('is refused when the payload type is another than the one signed', () => {
    expect(summary(verify({ ...envelope, payloadType: 'application/vnd.in-toto.x+json' }, [key.trusted]))).toEqual([
      'invalid',
      'signature.invalid failed',
    ]);
  });

  it('is refused when the key is registered with another algorithm', () => {
    const others = ALGORITHMS.filter((other) => other !== algorithm).map((other) => ({
      ...key.trusted,
      algorithm: other,
    }));
    expect(verify(envelope, others).statements[0]?.result).toBe('invalid');
  });
});

/** The algorithm over bytes that are no DSSE encoding, taken from an envelope whose encoding they are not. */
const signRaw = (key: TestKey, data: Buffer): Buffer => {
  if (key.algorithm === 'ed25519') return sign(null, data, key.privateKey);
  const [kind = '', , hash = key.algorithm.split('-').at(-1) ?? ''] = key.algorithm.split('-');
  if (kind === 'ecdsa') return sign(hash, data, key.privateKey);
  return sign(hash, data, { key: key.privateKey, padding: key.algorithm.includes('pss') ? 6 : 1 });
};

describe('ECDSA signatures', () => {
  it.each(['ecdsa-p256-sha256', 'ecdsa-p384-sha384'] as const)(
    'of %s count as r‖s too, and not with their halves swapped',
    (algorithm) => {
      const key = makeKey(algorithm);
      const envelope = makeEnvelope(key);
      const encoding = pae(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
      const raw = sign(algorithm.slice(-6), encoding, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
      expect(verify(withSignature(envelope, raw), [key.trusted]).statements[0]?.result).toBe('verified');
      const half = raw.length / 2;
      const swapped = Buffer.concat([raw.subarray(half), raw.subarray(0, half)]);
      expect(verify(withSignature(envelope, swapped), [key.trusted]).statements[0]?.result).toBe('invalid');
    },
  );

  it('with the wrong hash do not count', () => {
    const key = makeKey('ecdsa-p256-sha256');
    const envelope = makeEnvelope(key);
    const encoding = pae(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
    expect(
      verify(withSignature(envelope, sign('sha512', encoding, key.privateKey)), [key.trusted]).statements[0]?.result,
    ).toBe('invalid');
  });
});

describe('the published DSSE test vector', () => {
  it('has the encoding of the specification', () => {
    expect(pae('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
    expect(pae('é', Buffer.from('ü')).toString()).toBe('DSSEv1 2 é 2 ü');
  });
});

describe('the threshold', () => {
  const [a, b, c] = [
    makeKey('ed25519', { name: 'a' }),
    makeKey('ecdsa-p256-sha256', { name: 'b' }),
    makeKey('ed25519', { name: 'c' }),
  ];
  const trusted = [a.trusted, b.trusted];

  it('is met by as many different keys', () => {
    const verified = verify(makeEnvelope([a, b]), trusted, { threshold: 2 });
    expect(verified.statements).toMatchObject([{ result: 'verified', signers: [{ name: 'a' }, { name: 'b' }] }]);
  });

  it('counts one key once: signing twice, under two names, or under two key ids', () => {
    const again = signEnvelope(
      makeEnvelope(a).payloadType,
      Buffer.from(makeEnvelope(a).payload, 'base64'),
      a.privateKey,
      a.algorithm,
      'alias',
    );
    const twice = { ...makeEnvelope(a), signatures: [...makeEnvelope(a).signatures, ...again.signatures] };
    const alias = { ...a.trusted, name: 'alias' };
    expect(summary(verify(twice, [...trusted, alias], { threshold: 2 }))).toEqual([
      'invalid',
      'signature.threshold failed',
    ]);
  });

  it('is not met by fewer, and no signer is named then', () => {
    const verified = verify(makeEnvelope([a, c]), trusted, { threshold: 2 });
    expect(summary(verified)).toEqual(['invalid', 'signature.unknown-key failed', 'signature.threshold failed']);
    expect(verified.statements[0]?.signers).toEqual([]);
  });

  it('tells of signatures that did not count when enough others did', () => {
    expect(summary(verify(makeEnvelope([a, c]), trusted))).toEqual([
      'verified',
      'signature.valid passed',
      'signature.unknown-key warned',
    ]);
  });

  it.each([0, -1, Number.NaN])('of %s never lets an unsigned statement through', (threshold) => {
    expect(verify(makeEnvelope(c), trusted, { threshold }).statements[0]?.result).toBe('invalid');
  });

  it('that is no number is never met', () =>
    expect(verify(makeEnvelope(a), trusted, { threshold: Number.NaN }).statements[0]?.result).toBe('invalid'));
});

describe('a key', () => {
  const withKey = (spec: Parameters<typeof makeKey>[1], options: Partial<VerifyOptions> = {}) => {
    const key = makeKey('ed25519', { name: 'k', ...spec });
    return summary(verify(makeEnvelope(key), [key.trusted], options));
  };
  const moment = at.toISOString();
  const before = '2026-03-01T11:59:59Z';
  const after = '2026-03-01T12:00:01Z';
  const valid = ['verified', 'signature.valid passed'];

  it('counts from validFrom on', () => {
    expect(withKey({ validFrom: moment })).toEqual(valid);
    expect(withKey({ validFrom: after })).toEqual(['invalid', 'key.not-yet-valid failed']);
  });

  it('counts until validUntil, that instant excluded', () => {
    expect(withKey({ validUntil: after })).toEqual(valid);
    expect(withKey({ validUntil: moment })).toEqual(['invalid', 'key.expired failed']);
  });

  it('counts for what was received before it was revoked', () => {
    expect(withKey({ revokedSince: after })).toEqual(valid);
    expect(withKey({ revokedSince: moment })).toEqual(['invalid', 'key.revoked failed']);
    expect(withKey({ revokedSince: before })).toEqual(['invalid', 'key.revoked failed']);
  });

  it('that is limited in time never counts at a time that is none', () => {
    const never = { at: new Date(Number.NaN) };
    expect(withKey({ revokedSince: after }, never)[0]).toBe('invalid');
    expect(withKey({ validUntil: after }, never)[0]).toBe('invalid');
  });

  it('counts only for its projects, and says so only to who names it', () => {
    expect(withKey({ projects: ['acme/sky*'] })).toEqual(valid);
    expect(withKey({ projects: ['other', 'acme/x'] })).toEqual(['invalid', 'key.out-of-scope failed']);
    const key = makeKey('ed25519', { projects: ['other'] });
    const anonymous = { ...makeEnvelope(key), signatures: makeEnvelope(key).signatures.map(({ sig }) => ({ sig })) };
    expect(summary(verify(anonymous, [key.trusted]))).toEqual(['invalid', 'signature.unknown-key failed']);
  });

  it('registered twice counts where one registration allows it, and nowhere once one revokes it', () => {
    const key = makeKey('ed25519', { name: 'one', projects: ['other'] });
    const here = { ...key.trusted, name: 'two', projects: ['acme'] };
    const revoked = { ...key.trusted, name: 'three', projects: ['elsewhere'], revokedSince: before };
    expect(summary(verify(makeEnvelope(key), [key.trusted, here]))).toEqual(valid);
    expect(summary(verify(makeEnvelope(key), [key.trusted, here, revoked]))).toEqual(['invalid', 'key.revoked failed']);
  });

  it('that cannot be read makes the statement invalid, with an error of its own', () => {
    const key = makeKey();
    expect(summary(verify(makeEnvelope(key), [{ ...key.trusted, spki: 'broken' }]))).toEqual([
      'invalid',
      'verification.error failed',
    ]);
  });
});

describe('what was signed', () => {
  const key = makeKey();
  it.each<[string, Record<string, unknown> | string, string]>([
    ['no JSON', 'hello', 'statement.invalid'],
    ['another kind of statement', makeStatement({ _type: 'https://example.com/Statement' }), 'statement.type-unknown'],
    ['no statement', { a: 1 }, 'statement.shape'],
    ['a key twice', '{"_type":"https://in-toto.io/Statement/v1","_type":"x"}', 'statement.duplicate-key'],
    ['nesting without end', `{"predicate":${'['.repeat(70)}${']'.repeat(70)}}`, 'statement.too-deep'],
  ])('is invalid though signed when it is or has %s', (_, statement, code) => {
    const verified = verify(makeEnvelope(key, statement), [key.trusted]);
    expect(summary(verified)).toEqual(['invalid', 'signature.valid passed', `${code} failed`]);
    expect(verified.statements[0]).toMatchObject({ signers: [] });
    expect(verified.statements[0]?.predicateType).toBeUndefined();
  });

  it('keeps an unknown predicate type: it is opaque, not wrong', () => {
    expect(
      verify(makeEnvelope(key, makeStatement({ predicateType: 'urn:x' })), [key.trusted]).statements[0],
    ).toMatchObject({ result: 'verified', predicateType: 'urn:x' });
  });

  it('is judged the same after a trip to a worker thread', () => {
    const [received] = receive(makeEnvelope(key));
    const options = { at, project: 'acme', pipeline: 'skynet', threshold: 1 };
    const trust = { keys: [key.trusted], profiles: [] };
    const [here, there] = [received, structuredClone(received)].map(
      (statement) => statement && verifyStatements([statement], structuredClone(trust), structuredClone(options)),
    );
    expect(there).toEqual(here);
    expect(structuredClone(here)).toEqual(here);
    expect(here?.statements[0]?.result).toBe('verified');
  });
});

describe('a mutated envelope', () => {
  it('is refused, or verifies as exactly what was signed (seeded, every leaf)', () => {
    const key = makeKey('ecdsa-p256-sha256');
    const envelope = makeEnvelope(key, makeStatement({ predicate: { a: 1 } }));
    const [original] = receive(envelope);
    let seed = 42;
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % n;
    };
    const accepted = new Set<string>();
    for (let round = 0; round < 300; round++) {
      const leaf = (['payload', 'payloadType', 'sig', 'keyid'] as const)[round % 4] ?? 'payload';
      const mutated = structuredClone(envelope);
      const [signature] = mutated.signatures;
      const holder = (leaf === 'sig' || leaf === 'keyid' ? signature : mutated) as Record<string, string>;
      const before = holder[leaf] ?? '';
      const place = random(before.length);
      const char = String.fromCharCode(33 + random(94));
      const edits = [
        before.slice(0, place) + char + before.slice(place + 1),
        before.slice(0, place) + before.slice(place + 1),
        before.slice(0, place) + char + before.slice(place),
      ];
      holder[leaf] = edits[random(3)] ?? '';
      if (holder[leaf] === before) continue;
      const verified = tryVerify(mutated, key);
      if (verified?.statements[0]?.result !== 'verified') continue;
      accepted.add(leaf);
      expect(verified.statements[0].paeDigest).toBe(original?.paeDigest);
    }
    expect([...accepted]).toEqual(['keyid']);
  });

  const tryVerify = (body: unknown, key: TestKey): Verification | undefined => {
    try {
      return verify(body, [key.trusted]);
    } catch {
      return undefined; // refused before verification
    }
  };
});

describe('signatures of nobody', () => {
  const signer = makeKey('ed25519', { name: 'signer' });
  const others = Array.from({ length: 40 }, (_, n) => makeKey('ed25519', { name: `other-${n}` }).trusted);
  const keys = [...others, signer.trusted];
  const { signatures: own, ...envelope } = makeEnvelope(signer);
  const foreign = Array.from({ length: 15 }, () => ({
    sig: makeEnvelope(makeKey('ed25519')).signatures[0]?.sig ?? '',
  }));

  it('are each tried with a share of the keys only, which does not hide a signature that names its key', () => {
    const found = summary(verify({ ...envelope, signatures: [...foreign, ...own] }, keys));
    expect(found.slice(0, 2)).toEqual(['verified', 'signature.valid passed']);
    expect(new Set(found.slice(2))).toEqual(new Set(['signature.key-unnamed warned']));
  });

  it('have a signature that names none refused among too many keys, and say how it is found', () => {
    const unnamed = own.map(({ sig }) => ({ sig }));
    const { checks } = verify({ ...envelope, signatures: [...foreign, ...unnamed] }, keys);
    expect(checks.at(-1)).toMatchObject({ code: 'signature.key-unnamed', remedy: expect.stringContaining('`keyid`') });
    expect(summary(verify({ ...envelope, signatures: unnamed }, keys))[0]).toBe('verified');
  });
});
