import { asList, asText, isObject, type JsonObject } from '../../json.ts';
import { type Findings, found, known, parseJson, parseText, show, unreadable } from './findings.ts';
import { createSchemaCheck } from './json-schema.ts';
import { list, object, text } from './shapes.ts';

const descriptor = object({
  mediaType: text,
  digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$' },
  size: { type: 'integer', minimum: 0 },
});
const schemaVersion = { const: 2 };
const checkManifest = createSchemaCheck({
  draft: 'older',
  schema: object({ schemaVersion, config: descriptor, layers: list(descriptor) }),
});
const checkIndex = createSchemaCheck({
  draft: 'older',
  schema: object({ schemaVersion, manifests: list(descriptor) }),
});

const REFERENCE =
  /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*){1,16}(:[\w][\w.-]{0,127})?@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const LONGEST_REFERENCE = 1024;

/** The manifest or index of a container image, or a line that refers to one by its digest. No registry is asked. */
export function inspectImage(bytes: Buffer, all: boolean): Findings {
  const line = bytes.length <= LONGEST_REFERENCE ? bytes.toString('utf8').trim() : '';
  if (REFERENCE.test(line))
    return found([], { facts: { reference: line }, mediaType: 'text/plain', depth: 'kind', format: 'image reference' });
  const text = parseText(bytes);
  const parsed = text.ok && /^\s*\{/.test(text.value) ? parseJson(bytes) : undefined;
  if (!parsed?.ok || !isObject(parsed.value)) {
    const expected = 'expected an image manifest, an index, or a reference like registry/name@sha256:…';
    return parsed && !parsed.ok && parsed.findings.outcome === 'not-validated'
      ? parsed.findings
      : unreadable(`${expected}, found ${line ? show(line) : 'other content'}`);
  }
  const manifest = parsed.value;
  const isIndex = Array.isArray(manifest.manifests);
  return found((isIndex ? checkIndex : checkManifest)(manifest, all), {
    facts: factsOf(manifest, isIndex),
    ...(asText(manifest.mediaType) && { mediaType: String(manifest.mediaType).slice(0, 200) }),
    format: isIndex ? 'image index' : 'image manifest',
  });
}

const factsOf = (manifest: JsonObject, isIndex: boolean): Record<string, unknown> =>
  known({
    manifest: asText(manifest.mediaType),
    artifactType: asText(manifest.artifactType),
    layers: isIndex ? undefined : asList(manifest.layers).length,
    platforms: isIndex
      ? asList(manifest.manifests)
          .map(platformOf)
          .filter((platform) => platform !== undefined)
          .slice(0, 50)
      : undefined,
  });

function platformOf(entry: unknown): string | undefined {
  const platform = isObject(entry) && isObject(entry.platform) ? entry.platform : {};
  const parts = [platform.os, platform.architecture, platform.variant].map(asText).filter((part) => part !== undefined);
  return parts.length > 0 && parts[0] !== 'unknown' ? parts.join('/') : undefined;
}
