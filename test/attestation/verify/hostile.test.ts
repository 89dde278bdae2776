import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprint, parseTrustedKey } from '../../../attestation/verify/keys.ts';
import { pae } from '../../../attestation/verify/pae.ts';
import { parseSubmission } from '../../../attestation/verify/parse.ts';
import { publicGoodProfile } from '../../../attestation/verify/profiles.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../../../attestation/verify/sign.ts';
import { type Trust, verifyStatements } from '../../../attestation/verify/verify.ts';
import { makeEnvelope, makeStatement, toBytes } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';
import { base64, hoursLater, issue, makeTimestamping, profileOf, signStatement } from './fake-authority.ts';
import { makeFakeSigstore } from './fake-sigstore.ts';

const sigstore = await makeFakeSigstore('sigstore');
const root = await issue(undefined, { isCa: true, subject: 'CN=root' });
const stamping = await makeTimestamping(hoursLater(1));
const profiles = [publicGoodProfile(), sigstore.profile, profileOf([root], { timestampAuthorities: [stamping.leaf] })];

/** The code of a refusal at the door, else the result with the codes of its checks. Throws where the core throws. */
const judge = (body: unknown, { keys = [] }: Partial<Trust> = {}, threshold = 1): string => {
  const parsed = parseSubmission(body instanceof Uint8Array ? body : toBytes(body));
  if (!parsed.ok) return parsed.code;
  const rules = { at: new Date('2026-03-01T12:00:00Z'), project: 'acme', pipeline: 'skynet', threshold };
  const { statements, checks } = verifyStatements(parsed.statements, { keys, profiles }, rules);
  return [statements[0]?.result, ...checks.map(({ code }) => code)].join(' ');
};

/** DER, one sequence in the other, as deep as the bytes allow. */
const deepDer = (bytes: number): Buffer => {
  const parts: Buffer[] = [];
  for (let length = bytes; length > 4; length -= 4)
    parts.push(Buffer.from([0x30, 0x82, (length - 4) >> 8, (length - 4) & 0xff]));
  return Buffer.concat(parts);
};
const pemOf = (der: Buffer): string => `-----BEGIN CERTIFICATE-----\n${base64(der)}\n-----END CERTIFICATE-----\n`;
const witness = (changes: Record<string, unknown>) => {
  const key = makeKey('ecdsa-p256-sha256');
  const { sig, ...envelope } = signStatement(key);
  return { key, body: { ...envelope, signatures: [{ sig: base64(sig), ...changes }] } };
};

describe('a hostile bundle', async () => {
  const bundle = await sigstore.makeBundle();
  const material = bundle.verificationMaterial as {
    tlogEntries: { inclusionProof: { checkpoint: { envelope: string } } }[];
  };
  const withMaterial = (changes: Record<string, unknown>) => ({
    ...bundle,
    verificationMaterial: { ...bundle.verificationMaterial, ...changes },
  });
  const withCheckpoint = (change: (envelope: string) => string) => {
    const [entry] = material.tlogEntries;
    if (!entry) throw new Error('no entry');
    const envelope = change(entry.inclusionProof.checkpoint.envelope);
    const inclusionProof = { ...entry.inclusionProof, checkpoint: { envelope } };
    return withMaterial({ tlogEntries: [{ ...entry, inclusionProof }] });
  };

  it('is what it is without a change', () => expect(judge(bundle)).toBe('verified signature.valid'));

  it.each<[string, (envelope: string) => string]>([
    ['a name that is a pattern', (text) => text.replace(/\u2014 \S+/, '\u2014 (a+)+$')],
    ['a name of eleven thousand characters', (text) => text.replace(/\u2014 \S+/, `\u2014 ${'a'.repeat(11_000)}`)],
    ['such a name beside a good one', (text) => `${text}\u2014 ((a*)*)*b${'a'.repeat(5000)} AAAAAAAA\n`],
    ['a signature in its body', (text) => `\u2014 (x+x+)+y AAAAAAAA\n${text}`],
    ['a thousand signatures', (text) => text + text.slice(text.indexOf('\u2014')).repeat(1000)],
    ['seventeen short signatures', (text) => text + '\u2014 a AAAAAAAA\n'.repeat(17)],
    ['no body', (text) => text.slice(text.indexOf('\u2014'))],
  ])('is refused at the door for a checkpoint with %s', (_, change) =>
    expect(judge(withCheckpoint(change))).toMatch(/^bundle\.(shape|too-large)$/),
  );

  it('with DER as deep as it can be is invalid, wherever it stands', () => {
    const rawBytes = base64(deepDer(16_000));
    expect(judge(withMaterial({ certificate: { rawBytes } }))).toMatch(/^invalid /);
    const signedTimestamp = base64(deepDer(32_000));
    const timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
    expect(judge(withMaterial({ timestampVerificationData }))).toMatch(/^invalid /);
    expect(judge(withMaterial({ timestampVerificationData, tlogEntries: [] }))).toMatch(/^invalid /);
  });

  it('with more of anything than is ever needed is refused at the door', () => {
    const [entry] = material.tlogEntries;
    const stamp = { signedTimestamp: 'AAAA' };
    for (const changes of [
      { tlogEntries: Array(5).fill(entry) },
      { timestampVerificationData: { rfc3161Timestamps: Array(5).fill(stamp) } },
      { certificate: { rawBytes: 'A'.repeat(10 * 1024 * 1024) } },
      { timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: 'A'.repeat(10 * 1024 * 1024) }] } },
    ])
      expect(judge(withMaterial(changes))).toMatch(/^bundle\.(too-large|shape|base64)$/);
  });

  it('with one log entry four times over does not count four times', () => {
    const [entry] = material.tlogEntries;
    expect(judge(withMaterial({ tlogEntries: [entry, entry] }))).toMatch(/^invalid /);
  });
});

describe('a hostile envelope', () => {
  const key = makeKey('ecdsa-p256-sha256');
  const envelope = makeEnvelope(key);
  const [signature] = envelope.signatures;
  const keys = [key.trusted];

  it('of a hundred signatures, or of JSON without end, is refused at the door', () => {
    expect(judge({ ...envelope, signatures: Array(100).fill(signature) }, { keys })).toBe(
      'envelope.too-many-signatures',
    );
    expect(judge(Buffer.from(`{"payload":${'['.repeat(100_000)}`))).toBe('json.too-deep');
    expect(judge(Buffer.from(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`))).toBe('json.too-deep');
    expect(judge({ ...envelope, x: Array(20_000).fill(0) }, { keys })).toBe('json.too-many-values');
  });

  it.each<[string, Record<string, unknown>]>([
    ['payload', { payload: '!'.repeat(10 * 1024 * 1024) }],
    ['payload, almost good', { payload: `${'A'.repeat(10 * 1024 * 1024)}=A` }],
    ['signature', { signatures: [{ sig: 'A'.repeat(10 * 1024 * 1024) }] }],
    ['key id', { signatures: [{ ...signature, keyid: 'A'.repeat(10 * 1024 * 1024) }] }],
    ['certificate', { signatures: [{ ...signature, certificate: 'A'.repeat(10 * 1024 * 1024) }] }],
    ['PEM', { signatures: [{ ...signature, cert: `-----BEGIN CERTIFICATE-----\n${'A'.repeat(10 * 1024 * 1024)}` }] }],
    [
      'intermediates',
      { signatures: [{ ...signature, certificate: base64(root.pem), intermediates: Array(5).fill(base64(root.pem)) }] },
    ],
    [
      'timestamps',
      {
        signatures: [
          { ...signature, certificate: base64(root.pem), timestamps: Array(5).fill({ type: 'tsp', data: 'AAAA' }) },
        ],
      },
    ],
    ['two kinds of certificate', { signatures: [{ ...signature, certificate: base64(root.pem), cert: root.pem }] }],
  ])('with junk for its %s is refused at the door', (_, changes) =>
    expect(judge({ ...envelope, ...changes }, { keys })).toMatch(/^envelope\.(base64|shape|certificate)$/),
  );

  it('with more certificates than ever sign one statement is refused at the door', () => {
    const { body } = witness({ certificate: base64(root.pem) });
    const signatures = Array(5).fill(body.signatures[0]);
    expect(judge({ ...body, signatures })).toBe('envelope.too-many-signatures');
    expect(judge({ ...body, signatures: signatures.slice(1) })).toMatch(/^invalid /);
  });

  it('around more values than any SBOM has is invalid, though it is signed', () => {
    const payload = Buffer.from(JSON.stringify(makeStatement({ x: Array(1_000_001).fill(0) })));
    expect(judge(makeEnvelope(key, payload), { keys })).toBe('invalid signature.valid statement.too-many-values');
  });

  it('with DER as deep as it can be is invalid', () => {
    const leaf = base64(pemOf(deepDer(16_000)));
    expect(judge(witness({ certificate: leaf }).body)).toMatch(/^invalid /);
    const timestamps = [{ type: 'tsp', data: base64(deepDer(32_000)) }];
    expect(judge(witness({ certificate: leaf, timestamps }).body)).toMatch(/^invalid /);
  });

  it('with a deep timestamp beside a good certificate is invalid', async () => {
    const { key: signer, body } = witness({});
    const leaf = await issue(root, { publicKey: signer.publicKey });
    const [one] = body.signatures;
    const enclosed = { ...one, certificate: base64(leaf.pem) };
    expect(judge({ ...body, signatures: [enclosed] })).toBe('time-unproven signature.time-unproven');
    for (const token of [deepDer(32_000), Buffer.from('3000', 'hex'), Buffer.from([0x30, 0x03, 0x06, 0x01, 0x00])]) {
      const timestamps = [{ type: 'tsp', data: base64(token) }];
      expect(judge({ ...body, signatures: [{ ...enclosed, timestamps }] })).toMatch(/^invalid /);
    }
  });

  it('with authorities that certify each other in circles is invalid', async () => {
    const [a, b] = [
      await issue(undefined, { isCa: true, subject: 'CN=a' }),
      await issue(undefined, { isCa: true, subject: 'CN=b' }),
    ];
    const crossed = await Promise.all([
      issue(a, { isCa: true, subject: 'CN=b', publicKey: createPublicKey(b.pem) }),
      issue(b, { isCa: true, subject: 'CN=a', publicKey: createPublicKey(a.pem) }),
    ]);
    const { key: signer, body } = witness({});
    const leaf = await issue(a, { publicKey: signer.publicKey });
    const intermediates = [a, b, ...crossed].map(({ pem }) => base64(pem));
    const [one] = body.signatures;
    expect(judge({ ...body, signatures: [{ ...one, certificate: base64(leaf.pem), intermediates }] })).toMatch(
      /^invalid /,
    );
  });

  it('in URL-safe base64 and with unknown fields is as good as any', () => {
    const urlSafe = (text: string) => Buffer.from(text, 'base64').toString('base64url');
    const signatures = [{ sig: urlSafe(signature?.sig ?? ''), unknown: { a: [1] } }];
    const sent = { ...envelope, payload: urlSafe(envelope.payload), signatures, other: null };
    expect(judge(sent, { keys })).toBe('verified signature.valid');
  });
});

describe('a confused algorithm', () => {
  const payload = Buffer.from(JSON.stringify(makeStatement()));
  const signed = pae(IN_TOTO_PAYLOAD_TYPE, payload);
  const envelope = (sig: Buffer) => ({
    payloadType: IN_TOTO_PAYLOAD_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ sig: sig.toString('base64') }],
  });

  it('does not let a public key be a shared secret', () => {
    for (const key of [makeKey('rsa-pkcs1v15-sha256'), makeKey('ecdsa-p256-sha256'), makeKey('ed25519')]) {
      for (const secret of [key.publicPem, key.publicKey.export({ type: 'spki', format: 'der' })]) {
        const mac = createHmac('sha256', secret).update(signed).digest();
        expect(judge(envelope(mac), { keys: [key.trusted] })).toBe('invalid signature.unknown-key');
      }
    }
    const oct = { kty: 'oct', k: 'AAAA', alg: 'HS256' };
    expect(parseTrustedKey('x', { publicKey: oct })).toMatchObject({ ok: false, code: 'key.private' });
  });

  it('does not let a signature without a hash of its own pass', () => {
    const key = makeKey('ecdsa-p384-sha384');
    expect(judge(envelope(sign('sha256', signed, key.privateKey)), { keys: [key.trusted] })).toMatch(/^invalid /);
    expect(judge(envelope(sign(null, signed, key.privateKey)), { keys: [key.trusted] })).toMatch(/^invalid /);
    expect(judge(envelope(Buffer.alloc(64)), { keys: [makeKey('ecdsa-p256-sha256').trusted] })).toMatch(/^invalid /);
    const zero = Buffer.from('3006020100020100', 'hex');
    expect(judge(envelope(zero), { keys: [makeKey('ecdsa-p256-sha256').trusted] })).toMatch(/^invalid /);
  });

  it('does not let a weak key in: not as a key, not in a certificate, not past its registration', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const algorithm = 'rsa-pkcs1v15-sha256' as const;
    expect(parseTrustedKey('weak', { publicKey: spki, algorithm })).toMatchObject({ ok: false, code: 'key.unfit' });
    const smuggled = { name: 'weak', algorithm, spki, fingerprint: fingerprint(publicKey), projects: [] };
    const sig = sign('sha256', signed, privateKey);
    expect(judge(envelope(sig), { keys: [smuggled] })).toMatch(/^invalid /);
    const leaf = await issue(root, { publicKey });
    const sent = { ...envelope(sig), signatures: [{ sig: base64(sig), certificate: base64(leaf.pem) }] };
    expect(judge(sent)).toMatch(/^invalid /);
  });

  it('does not count a key under two ids twice', () => {
    const key = makeKey('ed25519');
    const one = makeEnvelope(key);
    const signatures = one.signatures.flatMap(({ sig }) => [
      { sig, keyid: 'one' },
      { sig, keyid: 'two' },
    ]);
    const alias = { ...key.trusted, name: 'two' };
    expect(judge({ ...one, signatures }, { keys: [key.trusted, alias] }, 2)).toBe('invalid signature.threshold');
  });
});
