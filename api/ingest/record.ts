import { attestationId, statementDigest } from '../../attestation/ids.ts';
import type { Receipt } from '../../db/attestations.ts';
import type { PipelineRecord } from '../../db/pipelines.ts';
import { senderOf } from '../attestations/access.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { problem } from '../problem.ts';
import { createByteTurns } from './byte-turns.ts';
import { createParser } from './parser.ts';
import type { Statement } from './statements.ts';
import type { Document, Submission } from './submission.ts';

export type Recorder = (pipeline: PipelineRecord, submission: Submission, by: Principal) => Promise<Receipt>;
type Kept = { sha256: string; size: number; paeDigest: string };

/** Writes submissions down: bytes first, then the rows, so that what the database knows is in the store. */
export function createRecorder(deps: ApiDeps): Recorder {
  const { limits, parsingWaitMs } = deps.config;
  const turns = createByteTurns(limits.parsingBytes, parsingWaitMs);
  const parse = createParser();

  const keep = async (documents: Document[]): Promise<Kept[]> => {
    const { envelopeBytes } = deps.config.limits;
    const parsed = await parse(await load(deps, documents), envelopeBytes);
    if (!parsed.ok) {
      const { code, message, expected, found, remedy } = parsed;
      throw problem(code === 'submission.too-large' ? 413 : 400, code, message, { more: { expected, found, remedy } });
    }
    await Promise.all(parsed.statements.map((statement) => store(deps, documents, statement)));
    return parsed.statements.map(({ sha256, paeDigest, bytes }) => ({ sha256, paeDigest, size: bytes.byteLength }));
  };

  return async (pipeline, { documents, parts }, by) => {
    const size = documents.reduce((sum, document) => sum + document.size, 0);
    const statements = await turns(size, () => keep(documents));
    return deps.db.attestations.receive({
      id: attestationId(
        pipeline.uid,
        statements.map(({ sha256 }) => sha256),
      ),
      pipeline,
      statementDigest: statementDigest(statements.map(({ paeDigest }) => paeDigest)),
      statements: statements.map(({ sha256, size }) => ({ sha256, size })),
      parts,
      receivedBy: by.id,
      sentBy: senderOf(by),
      at: deps.clock().toISOString(),
    });
  };
}

async function load({ store }: ApiDeps, documents: Document[]): Promise<Buffer[]> {
  const loaded: Buffer[] = [];
  for (const document of documents)
    loaded.push('bytes' in document ? document.bytes : await store.read(document.sha256, document.size));
  return loaded;
}

/** A document that waited on disk and is one statement is where it belongs already. */
async function store({ store, config }: ApiDeps, documents: Document[], { bytes, sha256 }: Statement): Promise<void> {
  if (documents.some((document) => 'sha256' in document && document.sha256 === sha256)) return;
  const options = { expected: { sha256 }, maxBytes: config.limits.envelopeBytes };
  await store.put(bytes.byteLength > SLICE_BYTES ? slices(bytes) : bytes, options);
}

const SLICE_BYTES = 2 ** 20;

/** Hashing many MiB in one go would hold all other requests. */
async function* slices(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES);
}
