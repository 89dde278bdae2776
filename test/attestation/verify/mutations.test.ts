import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StatementVerification } from '../../../attestation/verdict.ts';
import { type Artifact, readMessageBundle, verifyMessage } from '../../../attestation/verify/message.ts';
import { parseSubmission } from '../../../attestation/verify/parse.ts';
import { builtInProfiles, npmProfile, publicGoodProfile } from '../../../attestation/verify/profiles.ts';
import { type Trust, verifyStatements } from '../../../attestation/verify/verify.ts';
import { makeEnvelope, makeStatement } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';
import { bare, base64, hoursLater, issue, makeTimestamping, profileOf, signStatement } from './fake-authority.ts';
import { makeFakeSigstore } from './fake-sigstore.ts';
import { createMutator, createRandom, isSame } from './mutate.ts';

/** All in all; `npm run test:mutations` asks for ten thousand. */
const MUTATIONS = Number(process.env.WAYBILL_MUTATIONS ?? 700);
const SEED = Number(process.env.WAYBILL_SEED ?? 20_260_301);

type Found = Omit<StatementVerification, 'sha256' | 'paeDigest'> & { paeDigest?: string };
type Subject = {
  name: string;
  document: unknown;
  judge(bytes: Buffer): Found[];
  /** Paths that nobody signs and nothing reads, hints, and frames around what is signed: the same is found. */
  unsigned: RegExp;
  /** Paths whose evidence may get lost with the change, and with it the time. */
  evidence?: RegExp;
};

const rules = { at: new Date('2026-03-01T12:00:00Z'), project: 'acme', pipeline: 'skynet', threshold: 1 };
const statements = (trust: Partial<Trust>) => (bytes: Buffer) => {
  const parsed = parseSubmission(bytes);
  if (!parsed.ok) return [];
  return verifyStatements(parsed.statements, { keys: [], profiles: [], ...trust }, rules).statements;
};

const key = makeKey('ecdsa-p256-sha256');
const plain = makeStatement({ predicate: { a: 1 } });
const sigstore = await makeFakeSigstore('sigstore');
const stamping = await makeFakeSigstore('stamping', { tlogThreshold: 0, ctlogThreshold: 0 });
const root = await issue(undefined, { isCa: true, subject: 'CN=root' });
const between = await issue(root, { isCa: true, subject: 'CN=between' });
const authority = await makeTimestamping(hoursLater(2));
const file = Buffer.from('a file');

const witness = async () => {
  const leaf = await issue(between, { publicKey: key.publicKey });
  const { sig, ...envelope } = signStatement(key, plain);
  const data = base64(bare(await authority.stamp(sig)));
  const enclosed = { certificate: base64(leaf.pem), intermediates: [base64(between.pem)] };
  return {
    ...envelope,
    signatures: [{ keyid: 'k', sig: base64(sig), ...enclosed, timestamps: [{ type: 'tsp', data }] }],
  };
};
const message = (trust: Trust, artifact: Artifact) => (bytes: Buffer) => {
  const read = readMessageBundle(bytes);
  return read?.ok ? [verifyMessage(read, artifact, trust)] : [];
};

const subjects: Subject[] = [
  {
    name: 'an envelope signed with a key',
    document: makeEnvelope(key, plain),
    judge: statements({ keys: [key.trusted] }),
    unsigned: /keyid$/,
  },
  {
    name: 'a bundle with certificate and log',
    document: await sigstore.makeBundle({ statement: plain }),
    judge: statements({ profiles: [sigstore.profile] }),
    unsigned: /(mediaType|keyid|inclusionProof\.(rootHash|treeSize|checkpoint\.envelope))$/,
  },
  {
    name: 'a bundle with certificate, log without promises and timestamp',
    document: await sigstore.makeBundle({ statement: plain, logged: 'v2', timestamped: true }),
    judge: statements({ profiles: [sigstore.profile] }),
    unsigned:
      /(mediaType|keyid|tlogEntries\[\]\.(logIndex|integratedTime)|inclusionProof\.(rootHash|treeSize|checkpoint\.envelope)|signedTimestamp)$/,
  },
  {
    name: 'a bundle with certificate and timestamp',
    document: await stamping.makeBundle({ statement: plain, logged: false, timestamped: true }),
    judge: statements({ profiles: [stamping.profile] }),
    unsigned: /(mediaType|keyid|signedTimestamp)$/,
  },
  {
    name: 'a bundle with a key and the log',
    document: await sigstore.makeBundle({ statement: plain, key }),
    judge: statements({ keys: [key.trusted], profiles: [sigstore.profile] }),
    unsigned: /(mediaType|keyid|hint|inclusionProof\.(rootHash|treeSize|checkpoint\.envelope))$/,
    evidence: /tlogEntries/,
  },
  {
    name: 'an envelope with certificate and timestamp (Witness)',
    document: await witness(),
    judge: statements({ profiles: [profileOf([root], { timestampAuthorities: [authority.leaf] })] }),
    unsigned: /(keyid|timestamps\[\]\.data)$/,
  },
  {
    name: "npm's pair",
    document: JSON.parse(readFileSync(new URL('npm-pair.json', import.meta.url), 'utf8')),
    judge: statements({ profiles: [publicGoodProfile(), npmProfile()] }),
    unsigned:
      /(mediaType|keyid|inclusionProof(\.(rootHash|treeSize))?|timestampVerificationData|certificates\[\]\.rawBytes)$/,
  },
  {
    name: "GitHub's of a private repository",
    document: JSON.parse(readFileSync(new URL('github-private.jsonl', import.meta.url), 'utf8')),
    judge: statements({ profiles: builtInProfiles() }),
    unsigned: /(mediaType|keyid|signedTimestamp)$/,
  },
  {
    name: 'a bundle that signs a file',
    document: await sigstore.makeMessage(file),
    judge: message({ keys: [], profiles: [sigstore.profile] }, { bytes: file }),
    unsigned: /(mediaType|inclusionProof\.(rootHash|treeSize|checkpoint\.envelope))$/,
  },
];

/** What is found, without what a change of unsigned bytes may change: the digest of the document. */
const essence = ({ result, signers, provenAt, logIndex, predicateType, paeDigest, signatures }: Found) =>
  JSON.stringify({ result, signers, provenAt, logIndex, predicateType, paeDigest, signatures });
const withoutTime = ({ provenAt: _, logIndex: __, signatures, ...found }: Found) =>
  essence({ ...found, signatures: signatures?.map(({ outcome, signer }) => ({ outcome, signer, steps: [] })) });

describe(`one leaf changed (seed ${SEED})`, () => {
  it.each(subjects)(
    '$name: refused, or found to be exactly the same',
    ({ document, judge, unsigned, evidence }) => {
      const found = judge(Buffer.from(JSON.stringify(document)));
      expect(found.map(({ result }) => result)).toEqual(found.map(() => 'verified'));
      expect(found.length).toBeGreaterThan(0);
      const known = new Set(found.map(essence));
      const timeless = new Set(found.map(withoutTime));
      const mutate = createMutator(document, createRandom(SEED));
      for (let round = 0; round < MUTATIONS / subjects.length; round++) {
        const { bytes, path } = mutate();
        const changed = judge(bytes).filter(({ result }) => result !== 'invalid');
        for (const one of changed) {
          const lostTime = evidence?.test(path) && one.provenAt === undefined && timeless.has(withoutTime(one));
          expect(known.has(essence(one)) || lostTime, `${path} of ${bytes}`).toBe(true);
        }
        const isWhole = changed.length === found.length;
        if (isWhole) expect(unsigned.test(path) || evidence?.test(path) || isSame(bytes, document), path).toBe(true);
      }
    },
    600_000,
  );
});
