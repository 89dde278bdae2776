import { basename } from 'node:path';
import { defaultMediaType, MATERIAL_TYPES, materialType } from '../attestation/materials/types.ts';
import { usageError } from './exit.ts';
import { digestsOf } from './files.ts';
import type { Io } from './io.ts';
import { assignment } from './options.ts';

export type StatementOptions = {
  subject?: string[];
  material?: string[];
  buildType: string;
  builderId: string;
  invocationId?: string;
  parameters: { name: string; value: string }[];
};
export type MaterialFile = { name: string; path: string; mediaType: string };

/**
 * An in-toto statement with SLSA provenance v1. Materials are byproducts with name, media type and both digests: what
 * fills a slot of a contract by name (PROTOCOLS B).
 */
export async function makeStatement(io: Io, options: StatementOptions): Promise<unknown> {
  if (!options.subject?.length) throw usageError('An attestation is about something.', 'Name it with --subject FILE.');
  const materials = (options.material ?? []).map(parseMaterial);
  const twice = materials.find(({ name }, at) => materials.findIndex((other) => other.name === name) !== at);
  if (twice) throw usageError(`The material ${twice.name} is named twice.`);
  const subject = await Promise.all(options.subject.map((text) => describeSubject(io, text)));
  const byproducts = await Promise.all(
    materials.map(async ({ name, path, mediaType }) => ({ name, mediaType, digest: await digestsOf(io, path) })),
  );
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: options.buildType,
        externalParameters: Object.fromEntries(options.parameters.map(({ name, value }) => [name, value])),
      },
      runDetails: {
        builder: { id: options.builderId },
        ...(options.invocationId && { metadata: { invocationId: options.invocationId } }),
        ...(byproducts.length > 0 && { byproducts }),
      },
    },
  };
}

/** `name=file:TYPE`. */
export function parseMaterial(text: string): MaterialFile {
  const { name, value } = assignment(text);
  const at = value.lastIndexOf(':');
  const type = value.slice(at + 1);
  if (at < 1 || !materialType(type)) {
    throw usageError(
      `Expected a material as name=file:TYPE, found ${JSON.stringify(text)}.`,
      `Types: ${MATERIAL_TYPES.join(', ')}.`,
    );
  }
  return { name, path: value.slice(0, at), mediaType: defaultMediaType(type) };
}

/** `FILE`, `name=FILE`, or `name@sha256:HEX` where the artifact is elsewhere. */
async function describeSubject(io: Io, text: string): Promise<unknown> {
  const elsewhere = /^(.+)@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.exec(text);
  if (elsewhere?.[1] && elsewhere[2]) {
    const [algorithm = '', hex] = elsewhere[2].split(':');
    return { name: elsewhere[1], digest: { [algorithm]: hex } };
  }
  const { name, value } = text.includes('=') ? assignment(text) : { name: basename(text), value: text };
  return { name, digest: await digestsOf(io, value) };
}
