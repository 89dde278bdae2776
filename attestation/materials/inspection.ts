import type { Outcome, Problem } from './inspect/findings.ts';
import { type Depth, defaultMediaType, validatorOf } from './types.ts';

/** What was found in the bytes of one material. */
export type Inspection = {
  type: string;
  /** Which validator looked, with its version: part of the key under which a result may be cached. */
  validator: string;
  outcome: Outcome;
  /** How far it was looked at. */
  checked: Depth;
  /** Format and version, as one says it: `CycloneDX 1.5`. */
  format?: string;
  /** At most 20. */
  problems: Problem[];
  facts: Record<string, unknown>;
  mediaType: string;
};

/** How a material's content stands, as it is recorded and shown. */
export type Validation = Pick<Inspection, 'outcome' | 'checked' | 'format'>;

export const validationOf = ({ outcome, checked, format }: Inspection): Validation => ({
  outcome,
  checked,
  ...(format && { format }),
});

/** An inspection that did not take place, and why. */
export const notInspected = (type: string, message: string): Inspection => ({
  type,
  validator: validatorOf(type),
  outcome: 'not-validated',
  checked: 'bytes',
  problems: [{ message }],
  facts: {},
  mediaType: defaultMediaType(type),
});

const SEEN: Record<Depth, string> = {
  schema: 'by the schema',
  structure: 'by the structure',
  fields: 'by a few fields',
  kind: 'by its kind',
  bytes: 'bytes there, not looked into',
};

/** How far content was looked at, for a sentence: `valid by the schema of CycloneDX 1.5`. */
export const describeChecked = ({ checked, format }: Validation): string =>
  checked === 'bytes' ? SEEN.bytes : `valid ${SEEN[checked]}${format ? ` of ${format}` : ''}`;
