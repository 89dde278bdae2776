import { parseDocument } from 'yaml';
import { asText, isObject } from '../json.ts';
import { type Findings, known, parseJson, parseText, show } from './findings.ts';

const MAGIC = {
  zip: (bytes: Buffer) => bytes.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1')),
  gzip: (bytes: Buffer) => bytes[0] === 0x1f && bytes[1] === 0x8b,
  tar: (bytes: Buffer) => bytes.subarray(257, 262).toString('latin1') === 'ustar',
} as const;

export type ArchiveFormat = keyof typeof MAGIC;

export const isArchive = (bytes: Buffer, formats: readonly ArchiveFormat[]): boolean =>
  formats.some((format) => MAGIC[format](bytes));

/** An archive, known by its first bytes; it is not opened. */
export function inspectArchive(bytes: Buffer, formats: readonly ArchiveFormat[]): Findings {
  if (isArchive(bytes, formats)) return { problems: [], facts: { opened: false } };
  return { problems: [{ message: `expected an archive (${formats.join(' or ')}), found other content` }] };
}

/** A CSV file whose first line names certain columns; UTF-16, as Sysinternals writes it, is understood. */
export function inspectCsv(bytes: Buffer, columns: readonly string[]): Findings {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  const head = bytes.subarray(0, 16_384).toString(wide ? 'utf16le' : 'utf8');
  const header = (head.split(/\r?\n/, 1)[0] ?? '').replace(/^\uFEFF/, '').split(/[,\t]/);
  const names = header.map((name) => name.replaceAll('"', '').trim());
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length === 0) return { problems: [] };
  return {
    problems: [
      {
        path: '/1',
        message: `expected the columns ${columns.join(' and ')} in the first line, found no ${missing.join(' and no ')}`,
      },
    ],
  };
}

const MAX_YAML_BYTES = 4 * 1024 * 1024;

/** An OpenAPI or AsyncAPI description, JSON or YAML: its version and its title. */
export function inspectApiDescription(bytes: Buffer, type: string): Findings {
  const parsed = parseDescription(bytes);
  if (!parsed.ok) return parsed.findings;
  const document = isObject(parsed.value) ? parsed.value : {};
  const [field, pattern] =
    type === 'ASYNCAPI_SPEC' ? (['asyncapi', /^[23]\./] as const) : (['openapi', /^3\.[0-2]\./] as const);
  const version = asText(document[field]);
  const isSwagger = type === 'OPENAPI_SPEC' && document.swagger === '2.0';
  const problems: Findings['problems'] = [];
  if (!isSwagger && !(version && pattern.test(version))) {
    problems.push({ path: `/${field}`, message: `expected a version this type knows, found ${show(document[field])}` });
  }
  const info = isObject(document.info) ? document.info : {};
  if (!asText(info.title)) problems.push({ path: '/info/title', message: `expected text, found ${show(info.title)}` });
  const facts = known({
    specVersion: isSwagger ? '2.0' : version,
    title: asText(info.title),
    version: asText(info.version),
  });
  return { problems, facts };
}

function parseDescription(bytes: Buffer): ReturnType<typeof parseJson> {
  const json = parseJson(bytes);
  if (json.ok) return json;
  const text = parseText(bytes);
  if (!text.ok) return text;
  if (bytes.length > MAX_YAML_BYTES) {
    return {
      ok: false,
      findings: { problems: [{ message: `expected YAML of at most ${MAX_YAML_BYTES} bytes, found ${bytes.length}` }] },
    };
  }
  const document = parseDocument(text.value, { prettyErrors: false, logLevel: 'silent' });
  const error = document.errors[0];
  if (error) return { ok: false, findings: { problems: [{ message: `expected JSON or YAML: ${error.message}` }] } };
  return { ok: true, value: document.toJS({ maxAliasCount: 100 }) };
}
