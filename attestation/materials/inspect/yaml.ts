import { parseDocument } from 'yaml';
import { notValidated, type Parsed, parseJson, parseText, unreadable } from './findings.ts';

const MAX_YAML_BYTES = 2 * 1024 * 1024;

/** JSON, or YAML of at most 2 MiB with few aliases: the library takes up to 5 s of CPU for one MiB, whatever its shape. */
export function parseYaml(bytes: Uint8Array): Parsed<unknown> {
  const text = parseText(bytes);
  if (!text.ok) return text;
  if (/^\s*[[{]/.test(text.value)) {
    const json = parseJson(bytes);
    if (json.ok || json.findings.outcome === 'not-validated') return json;
  }
  if (bytes.length > MAX_YAML_BYTES) {
    const message = `expected YAML of at most ${MAX_YAML_BYTES} bytes, found ${bytes.length}: too long to validate`;
    return { ok: false, findings: notValidated(message) };
  }
  const document = parseDocument(text.value, { prettyErrors: false, logLevel: 'silent' });
  const [error] = document.errors;
  if (error) return { ok: false, findings: unreadable(`expected JSON or YAML: ${error.message.slice(0, 200)}`) };
  return { ok: true, value: document.toJS({ maxAliasCount: 100 }) };
}
