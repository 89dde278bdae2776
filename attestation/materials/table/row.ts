/**
 * How far content is looked at; a check never claims more. `schema`: the format's published schema. `structure`: our own
 * rules for what its specification demands. `fields`: a few fields that such a file has. `kind`: its first bytes or its
 * text. `bytes`: only that it is there.
 */
export type Depth = 'schema' | 'structure' | 'fields' | 'kind' | 'bytes';

/** Which validator looks at a type, and with what. */
type Validator =
  | { kind: 'none' }
  | {
      kind:
        | 'cyclonedx'
        | 'cyclonedx-xml'
        | 'spdx'
        | 'sarif'
        | 'openvex'
        | 'junit'
        | 'jacoco'
        | 'cobertura'
        | 'attestation'
        | 'slsa'
        | 'test-result'
        | 'vulns'
        | 'helm'
        | 'image'
        | 'openapi'
        | 'asyncapi'
        | 'gitlab'
        | 'zap'
        | 'log';
    }
  /** A JSON object with all of these fields; dots descend. */
  | { kind: 'json'; fields: readonly string[] }
  /** A JSON array, or JSON Lines; its first element has these fields. May be empty. */
  | { kind: 'json-list'; fields: readonly string[] }
  | { kind: 'csaf'; category: string }
  | { kind: 'archive'; formats: readonly ('zip' | 'gzip' | 'tar')[] }
  | { kind: 'csv'; columns: readonly string[] };

/** One row of the table of material types. */
export type MaterialTypeRow = {
  type: string;
  /** Chainloop's (v1.106); null for a type of our own. */
  number: number | null;
  /** What it is recognised by, in words. */
  recognisedBy: string;
  validator: Validator;
  /** How far it is looked at; where versions differ, the validator says it for each. */
  depth: Depth;
  /** Longest content that is looked at; longer is stored and marked `not-validated`. */
  maxBytes: number;
  /** Names of the facts that are taken from it, as far as it says them. */
  facts: readonly string[];
  /** The first is used when nothing else is known. */
  mediaTypes: readonly string[];
  /** Predicate types whose predicate is a material of this type; `…/v1.4` of an entry counts too. */
  predicateTypes: readonly string[];
};

export const MIB = 1024 * 1024;
const DOCUMENT_BYTES = 64 * MIB;

type Written = Pick<MaterialTypeRow, 'type' | 'number' | 'recognisedBy' | 'validator' | 'depth'> &
  Partial<MaterialTypeRow>;

/** A row with what most rows have in common. */
export const row = (written: Written): MaterialTypeRow => ({
  maxBytes: written.validator.kind === 'none' ? Number.MAX_SAFE_INTEGER : DOCUMENT_BYTES,
  facts: [],
  mediaTypes: ['application/octet-stream'],
  predicateTypes: [],
  ...written,
});

/** A row whose content is a JSON object with these fields. */
export const jsonRow = (number: number, type: string, fields: string[]): MaterialTypeRow =>
  row({
    type,
    number,
    recognisedBy: fields.length === 0 ? 'a JSON object' : `a JSON object with ${fields.map(quote).join(', ')}`,
    validator: { kind: 'json', fields },
    depth: 'fields',
    mediaTypes: ['application/json'],
  });

/** A row whose content is a list of findings, the first of which has these fields. */
export const listRow = (number: number, type: string, field: string): MaterialTypeRow =>
  row({
    type,
    number,
    recognisedBy: `a JSON array or JSON Lines of findings with ${quote(field)}; may be empty`,
    validator: { kind: 'json-list', fields: [field] },
    depth: 'fields',
    facts: ['findings'],
    mediaTypes: ['application/json'],
  });

const quote = (field: string): string => `\`${field}\``;
