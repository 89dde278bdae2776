import type { Readable } from 'node:stream';
import type { SentPart } from '../../db/judgements.ts';
import { TooLargeError } from '../../store/store.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { problem } from '../problem.ts';
import { bodyOf, readStart, refuseDeclaredLength, tooLarge } from './body.ts';
import { isMultipart, type Part, readParts } from './multipart.ts';

/** JSON as it came: small in memory, large in the store until it is its turn to be read. */
export type Document = { size: number; bytes: Buffer } | { size: number; sha256: string };
/** What came in one request; the materials are in the store already. */
export type Submission = { documents: Document[]; parts: SentPart[] };

/**
 * Reads a submission. Anything but multipart counts as JSON, because `curl --data-binary` says form-urlencoded.
 * Materials go to the store as they arrive; they count for nothing until they are recorded.
 */
export async function readSubmission(deps: ApiDeps, c: ApiContext): Promise<Submission> {
  const contentType = c.req.header('content-type') ?? '';
  if (isMultipart(contentType)) return readMultipart(deps, bodyOf(c), contentType);
  const { envelopeBytes } = deps.config.limits;
  const body = bodyOf(c);
  refuseDeclaredLength(c, envelopeBytes, ATTESTATION);
  return { documents: [await readDocument(deps, body, IN_MEMORY_BYTES, envelopeBytes)], parts: [] };
}

const ATTESTATION = 'an attestation';
const MOST_DOCUMENTS = 16;
/** All that the documents of one request hold of the memory, however slowly they come and however long they wait. */
const IN_MEMORY_BYTES = 2 ** 20;

async function readMultipart(deps: ApiDeps, body: Readable, contentType: string): Promise<Submission> {
  const { envelopeBytes, materials } = deps.config.limits;
  const submission: Submission = { documents: [], parts: [] };
  let room = envelopeBytes;
  let memory = IN_MEMORY_BYTES;
  await readParts(body, contentType, materials + MOST_DOCUMENTS, async (part) => {
    if (part.name === 'attestation') {
      const document = await readDocument(deps, part.stream, memory, room);
      room -= document.size;
      if ('bytes' in document) memory -= document.size;
      submission.documents.push(document);
    } else {
      if (submission.parts.length === materials) throw tooManyMaterials(materials);
      if (submission.parts.some(({ name }) => name === part.name)) throw sentTwice(part.name);
      submission.parts.push(await storeMaterial(deps, part));
    }
  });
  if (submission.documents.length === 0) throw noAttestation();
  return submission;
}

async function readDocument({ store }: ApiDeps, stream: Readable, memory: number, maxBytes: number): Promise<Document> {
  const start = await readStart(stream, Math.min(memory, maxBytes));
  if (start.ended) return { size: start.bytes.byteLength, bytes: start.bytes };
  try {
    const { sha256, size } = await store.put(start.all(), { maxBytes });
    return { size, sha256 };
  } catch (error) {
    throw error instanceof TooLargeError ? tooLarge(ATTESTATION, maxBytes) : error;
  }
}

async function storeMaterial({ store, config }: ApiDeps, { name, mediaType, stream }: Part): Promise<SentPart> {
  const maxBytes = config.limits.materialBytes;
  try {
    return { name, mediaType, ...(await store.put(stream, { maxBytes })) };
  } catch (error) {
    throw error instanceof TooLargeError ? tooLarge(`the material ${JSON.stringify(name)} to be`, maxBytes) : error;
  }
}

const tooManyMaterials = (most: number) =>
  problem(413, 'submission.too-many-materials', `expected at most ${most} materials with one attestation, found more`, {
    more: { expected: `at most ${most}` },
  });

const sentTwice = (name: string) =>
  problem(
    400,
    'multipart.duplicate-part',
    `expected every material once, found two parts named ${JSON.stringify(name)}`,
  );

const noAttestation = () =>
  problem(400, 'submission.no-attestation', 'expected at least one part named "attestation", found none', {
    more: { remedy: 'curl -F attestation=@attestation.json …' },
  });
