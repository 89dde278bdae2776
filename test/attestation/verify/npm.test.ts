import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSubmission } from '../../../attestation/verify/parse.ts';
import { npmProfile, publicGoodProfile, type TrustProfile } from '../../../attestation/verify/profiles.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { makeEnvelope, receive, sha256Of, toBytes } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';

/** What npm answers about a real package: the registry's publish attestation, and provenance. Published in slsa-verifier's tests. */
const text = readFileSync(new URL('npm-pair.json', import.meta.url), 'utf8');
type Entry = { predicateType: string; bundle: Record<string, never> };
const pair = (): { attestations: [Entry, Entry] } => JSON.parse(text);
const [publicGood, npm] = [publicGoodProfile(), npmProfile()];
const judge = (body: unknown, profiles: TrustProfile[] = [publicGood, npm]) =>
  verifyStatements(
    receive(body),
    { keys: [], profiles },
    { at: new Date('2026-03-01T12:00:00Z'), project: 'acme', pipeline: 'skynet', threshold: 1 },
  );
const codeOf = (body: unknown): string => {
  const parsed = parseSubmission(body instanceof Uint8Array ? body : toBytes(body));
  return parsed.ok ? `${parsed.statements.length} statements` : parsed.code;
};

describe("npm's attestations of a package", () => {
  it('verify as they come: published by the registry, built by a workflow, about one package', () => {
    const { statements, checks } = judge(Buffer.from(text));
    expect(checks.map(({ code, outcome }) => `${code} ${outcome}`)).toEqual([
      'signature.valid passed',
      'signature.valid passed',
      'statement.subjects-shared passed',
    ]);
    expect(statements).toMatchObject([
      {
        result: 'verified',
        predicateType: 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1',
        provenAt: expect.any(String),
        signers: [{ profile: 'npm', issuer: 'keys:npm', san: npm.keys[0]?.hint }],
      },
      { result: 'verified', signers: [{ profile: 'sigstore-public-good' }] },
    ]);
  });

  it('are the bytes that stood in the list, each by itself', () => {
    for (const { bytes, sha256 } of receive(Buffer.from(text))) {
      expect(text).toContain(Buffer.from(bytes).toString());
      expect(sha256).toBe(sha256Of(bytes));
      expect(receive(bytes)).toMatchObject([{ sha256 }]);
    }
  });

  it('need the profile of npm for what its registry signed', () => {
    expect(judge(Buffer.from(text), [publicGood]).checks[0]).toMatchObject({ code: 'signature.unknown-key' });
    const [{ bundle }] = pair().attestations;
    expect(judge(bundle, [npm]).statements).toMatchObject([{ result: 'verified' }]);
  });

  it('are not verified with a key that was not valid when the log saw it, nor with another', () => {
    const [{ bundle }] = pair().attestations;
    const [key, later] = npm.keys;
    if (!key || !later) throw new Error('the seed has two keys');
    const withKey = (changes: Partial<typeof key>) =>
      judge(bundle, [{ ...npm, keys: [{ ...key, ...changes }] }]).checks.map(
        ({ code, outcome }) => `${code} ${outcome}`,
      );
    expect(withKey({})).toEqual(['signature.valid passed']);
    expect(withKey({ validUntil: '2023-01-01T00:00:00Z' })).toEqual(['bundle.public-key failed']);
    expect(withKey({ validFrom: '2024-01-01T00:00:00Z' })).toEqual(['bundle.public-key failed']);
    expect(withKey({ spki: later.spki })).toEqual(['bundle.signature failed']);
    expect(withKey({ hint: later.hint })).toEqual(['signature.unknown-key failed']);
  });

  it('are not verified without the log: the time decides about the key', () => {
    const [{ bundle }] = pair().attestations;
    const { verificationMaterial } = bundle as unknown as { verificationMaterial: object };
    const unlogged = { ...bundle, verificationMaterial: { ...verificationMaterial, tlogEntries: [] } };
    expect(judge(unlogged).statements).toMatchObject([{ result: 'invalid' }]);
  });
});

describe('a list of attestations', () => {
  const [publish, provenance] = pair().attestations;

  it('must say what the signed payload says', () => {
    const lies = { ...publish, predicateType: provenance.predicateType };
    expect(codeOf({ attestations: [lies, provenance] })).toBe('submission.predicate-type');
    expect(codeOf({ attestations: [publish, provenance] })).toBe('2 statements');
  });

  it.each<[string, unknown, string]>([
    ['is empty', { attestations: [] }, 'submission.attestations'],
    ['has no bundle', { attestations: [{ predicateType: 'x' }] }, 'submission.attestations'],
    ['has no predicate type', { attestations: [{ bundle: publish.bundle }] }, 'submission.attestations'],
    ['has a text for an entry', { attestations: ['x'] }, 'submission.attestations'],
    ['has a bundle that is none', { attestations: [{ predicateType: 'x', bundle: 1 }] }, 'submission.shape'],
    [
      'has a list for a bundle',
      { attestations: [{ predicateType: 'x', bundle: { attestations: [] } }] },
      'submission.shape',
    ],
    ['has seventeen', { attestations: Array(17).fill(publish) }, 'submission.attestations'],
    ['is no list', { attestations: {} }, 'submission.shape'],
  ])('is refused when it %s', (_, body, code) => expect(codeOf(body)).toBe(code));

  it('counts toward the limit of statements, line by line', () => {
    const key = makeKey();
    const lines = Array.from({ length: 9 }, (_, n) =>
      JSON.stringify({
        attestations: [2 * n, 2 * n + 1].map((m) => {
          const predicateType = `urn:${m}`;
          return { predicateType, bundle: makeEnvelope(key, { ...statement, predicateType }) };
        }),
      }),
    );
    expect(codeOf(Buffer.from(lines.slice(0, 8).join('\n')))).toBe('16 statements');
    expect(codeOf(Buffer.from(lines.join('\n')))).toBe('submission.too-many-statements');
  });

  it('is taken apart exactly, whatever its texts hold', () => {
    const key = makeKey();
    const envelope = makeEnvelope(key, { ...statement, predicateType: 'a]},{["\\' });
    const entry = `{ "x" : "]},{\\"" ,"predicateType":"a]},{[\\"\\\\", "bundle" : ${JSON.stringify(envelope)} }`;
    const [one] = receive(Buffer.from(`{"x":[1,[2]], "attestations" : [ ${entry} , ${entry} ] }`));
    expect(Buffer.from(one?.bytes ?? []).toString()).toBe(JSON.stringify(envelope));
  });
});

const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'x', digest: { sha256: sha256Of('x') } }],
  predicate: {},
};
