import { type Document, isCollection, isNode, LineCounter, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { knownFields, nearest } from '../attestation/contract/nearest.ts';
import { parseContract } from '../attestation/contract/parse.ts';
import { AttachmentSpec, DestinationSpec, PipelineSpec, ResourceName } from '../attestation/resources.ts';
import { parseTrustedKey, TrustedKeySpec } from '../attestation/verify/keys.ts';
import type { Refusal } from '../attestation/verify/refusal.ts';
import { parseNewRoot, TrustedRootSpec } from '../attestation/verify/trusted-root.ts';

/** In the order in which they are applied: each may name those before it. */
export const KINDS = ['TrustedKey', 'TrustedRoot', 'Contract', 'Pipeline', 'Destination', 'Attachment'] as const;
export type Kind = (typeof KINDS)[number];

/** A resource as it stands in a file, and what is sent for it: a contract's revision consists of the document's own bytes. */
export type Resource = { kind: Kind; name: string; at: string; sent: { text: string } | { spec: unknown } };
export type Fault = { at: string; message: string };

const PIPELINE_NAME = /^[a-z0-9][-a-z0-9]{0,62}\/[a-z0-9][-a-z0-9]{0,62}$/;
const PipelineName = z
  .string()
  .regex(PIPELINE_NAME, 'expected project/pipeline in lower-case letters, digits and dashes');

const envelope = <Spec extends z.ZodType>(name: z.ZodString, spec: Spec) =>
  z.strictObject({ apiVersion: z.string(), kind: z.string(), metadata: z.strictObject({ name }), spec });
const SHAPES = {
  TrustedKey: envelope(ResourceName, TrustedKeySpec),
  TrustedRoot: envelope(ResourceName, TrustedRootSpec),
  Pipeline: envelope(PipelineName, PipelineSpec),
  Destination: envelope(ResourceName, DestinationSpec),
  Attachment: envelope(ResourceName, AttachmentSpec),
};
/** What a schema cannot say: whether a key or a root could ever verify anything. */
const PARSERS: Partial<Record<Kind, (name: string, spec: unknown) => { ok: true } | Refusal>> = {
  TrustedKey: parseTrustedKey,
  TrustedRoot: parseNewRoot,
};

/** Reads every resource of a file, multi-document YAML or JSON. A bare contract is a Contract named after the file. */
export function readResources(source: string, file: string): { resources: Resource[]; faults: Fault[] } {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const documents: Document[] = Array.isArray(parsed) ? parsed : [];
  const read = documents.flatMap((document, index) => {
    if (document.contents === null && document.errors.length === 0) return [];
    const before = documents[index - 1]?.range?.[2] ?? 0;
    return readDocument(document, textOf(source, before, document.range?.[2], documents.length > 1), file, lines);
  });
  return { resources: read.flatMap(({ resource }) => resource ?? []), faults: read.flatMap(({ faults }) => faults) };
}

type Read = { resource?: Resource; faults: Fault[] };

type Text = { text: string; start: number };

/** The bytes of one document. A file that is one document is taken whole, comments and markers included. */
function textOf(source: string, start: number, end: number | undefined, isOneOfSeveral: boolean): Text {
  if (!isOneOfSeveral) return { text: source, start: 0 };
  const marker = /^\s*---[^\S\n]*\n/.exec(source.slice(start, end))?.[0].length ?? 0;
  return { text: source.slice(start + marker, end), start: start + marker };
}

function readDocument(document: Document, { text, start }: Text, file: string, lines: LineCounter): Read {
  const lineAt = (offset: number) => Math.max(lines.linePos(offset).line, 1);
  const at = (path: readonly PropertyKey[]) => `${file}:${lineAt(offsetOf(document, path, start))}`;
  if (document.errors.length > 0) {
    return {
      faults: document.errors.map((error) => ({ at: `${file}:${lineAt(error.pos[0])}`, message: error.message })),
    };
  }
  const [apiVersion, kind, schemaVersion, name] = [
    ['apiVersion'],
    ['kind'],
    ['schemaVersion'],
    ['metadata', 'name'],
  ].map((path) => (isCollection(document.contents) ? document.getIn(path) : undefined));
  const isBare = schemaVersion !== undefined || apiVersion === 'chainloop.dev/v1';
  if (isBare || (apiVersion === 'waybill.dev/v1' && kind === 'Contract'))
    return readContract(text, isBare ? nameOfFile(file) : String(name ?? ''), file, lineAt(start) - 1, at([]));
  const value = plainValue(document);
  if (value === undefined)
    return { faults: [{ at: at([]), message: 'Aliases are not resolved in resources: write the value out.' }] };
  if (apiVersion !== 'waybill.dev/v1') {
    return fault(
      at(['apiVersion']),
      `Expected apiVersion: waybill.dev/v1, found ${JSON.stringify(apiVersion) ?? 'none'}.`,
    );
  }
  if (!Object.hasOwn(SHAPES, String(kind))) {
    return fault(at(['kind']), `Expected a kind of ${KINDS.join(', ')}, found ${JSON.stringify(kind) ?? 'none'}.`);
  }
  return readShape(kind as keyof typeof SHAPES, value, at);
}

const fault = (at: string, message: string): Read => ({ faults: [{ at, message }] });

function readShape(kind: keyof typeof SHAPES, value: unknown, at: (path: readonly PropertyKey[]) => string): Read {
  const shape = SHAPES[kind].safeParse(value);
  if (!shape.success) {
    return {
      faults: shape.error.issues.flatMap((issue) =>
        explain(issue, SHAPES[kind]).map(({ path, message }) => ({
          at: at(path),
          message: `${path.join('.')}: ${message}`,
        })),
      ),
    };
  }
  const { name } = shape.data.metadata;
  const parsed = PARSERS[kind]?.(name, shape.data.spec);
  if (parsed && !parsed.ok) return fault(at(['spec']), `${parsed.message}${parsed.remedy ? ` ${parsed.remedy}` : ''}`);
  // As it was written: what is not said stays for the server to decide.
  return { resource: { kind, name, at: at([]), sent: { spec: (value as { spec: unknown }).spec } }, faults: [] };
}

type Explained = { path: readonly PropertyKey[]; message: string };

function explain(issue: z.core.$ZodIssue, shape: z.ZodType): Explained[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  const known = knownFields(shape, issue.path);
  return issue.keys.map((key) => {
    const meant = nearest(key, known);
    const hint = meant ? `did you mean ${meant}?` : `known here: ${known.join(', ')}`;
    return { path: [...issue.path, key], message: `unknown field; ${hint}` };
  });
}

function readContract(text: string, name: string, file: string, linesBefore: number, at: string): Read {
  const valid = ResourceName.safeParse(name);
  if (!valid.success)
    return fault(at, `The contract's name ${JSON.stringify(name)} does not fit: ${valid.error.issues[0]?.message}.`);
  const parsed = parseContract(text, name);
  if (parsed.ok) return { resource: { kind: 'Contract', name, at, sent: { text } }, faults: [] };
  return {
    faults: parsed.errors.map(({ line = 1, path, message }) => ({
      at: `${file}:${linesBefore + line}`,
      message: path ? `${path}: ${message}` : message,
    })),
  };
}

const nameOfFile = (file: string): string => (file.split(/[/\\]/).at(-1) ?? '').replace(/\.(ya?ml|json)$/, '');

function plainValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}

/** Where the deepest thing on a path begins that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[], start: number): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (!isCollection(parent) || !parent.has(last)) continue;
    const key =
      'items' in parent
        ? parent.items
            .map((item) => (item as { key?: unknown }).key)
            .find((node) => isNode(node) && String(node) === String(last))
        : undefined;
    const node = key ?? parent.get(last, true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return isNode(document.contents) && document.contents.range ? document.contents.range[0] : start;
}
