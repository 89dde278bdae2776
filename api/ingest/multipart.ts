import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { problem } from '../problem.ts';

export type Part = { name: string; mediaType: string; stream: Readable };

export const isMultipart = (contentType: string): boolean => /^multipart\//i.test(contentType.trim());

/**
 * Hands over the parts of a multipart body one after the other, each as a stream that must be read to its end. Memory
 * does not grow with their size. The first failure, of the parser or of `take`, ends it; `body` itself is not destroyed.
 */
export async function readParts(
  body: Readable,
  contentType: string,
  maxParts: number,
  take: (part: Part) => Promise<void>,
): Promise<void> {
  const parser = createParser(contentType, maxParts);
  let taking = Promise.resolve();
  try {
    await new Promise<void>((resolve, reject) => {
      let begun = 0;
      let handedOver = 0;
      partsOf(parser).on('part', () => {
        if (handedOver < begun) reject(unnamedPart());
        begun += 1;
      });
      parser.on('file', (name, stream, _filename, _encoding, mediaType) => {
        handedOver += 1;
        // Whoever reads it learns of it, and so does the parser; nobody else needs to.
        stream.on('error', () => {});
        taking = taking.then(() => take({ name: checkName(name), mediaType, stream }));
        taking.catch(reject);
      });
      parser.once('filesLimit', () => reject(tooManyParts(maxParts)));
      parser.once('error', (error) => reject(malformed(error)));
      parser.once('finish', () => (handedOver < begun ? reject(unnamedPart()) : resolve()));
      body.once('error', reject);
      body.pipe(parser);
    });
    await taking;
  } finally {
    body.unpipe(parser);
  }
}

function createParser(contentType: string, maxParts: number): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      // Every part is a stream of bytes, those without a file name too: text would be decoded, and digests would change.
      isPartAFile: () => true,
      limits: { files: maxParts, headerPairs: 50, headerSize: 16_384 },
    });
  } catch (error) {
    throw malformed(error);
  }
}

/**
 * Tells of every part that begins, those too that the library drops without a word because they have no usable
 * Content-Disposition: a sender must not believe that they arrived. Where the library keeps it is no promise of its own,
 * so nothing is read when it is not there.
 */
function partsOf(parser: BusboyInstance): EventEmitter {
  const { _parser: inner } = parser as BusboyInstance & { _parser?: { parser?: unknown } };
  if (inner?.parser instanceof EventEmitter) return inner.parser;
  throw new Error('expected the multipart parser to tell of its parts, found another version of it');
}

const MATERIAL_NAME = /^[^\p{Cc}\p{Cf}\p{Cs}]{1,255}$/u;

function checkName(name: string | undefined): string {
  if (name !== undefined && MATERIAL_NAME.test(name)) return name;
  throw problem(
    400,
    'multipart.name',
    'expected every part to have a name of 1 to 255 printable characters, the name of the material',
    {
      more: { found: JSON.stringify(name ?? '').slice(0, 100) },
    },
  );
}

const unnamedPart = () =>
  problem(
    400,
    'multipart.no-disposition',
    'expected every part to have a header "Content-Disposition: form-data; name=…", found one without it',
    { more: { remedy: "let the client make it: curl -F attestation=@attestation.json -F 'my-sbom=@sbom.json'" } },
  );

const tooManyParts = (maxParts: number) =>
  problem(413, 'multipart.too-many-parts', `expected at most ${maxParts} parts, found more`, {
    more: { expected: `at most ${maxParts}` },
  });

const malformed = (cause: unknown) =>
  problem(
    400,
    'multipart.malformed',
    'expected a complete multipart/form-data body with its boundary in Content-Type, found one that is cut or malformed',
    {
      cause,
      more: { remedy: "let the client make it: curl -F attestation=@attestation.json -F 'my-sbom=@sbom.json'" },
    },
  );
