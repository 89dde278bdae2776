import { ARTIFACTS } from './table/artifacts.ts';
import { INVENTORIES } from './table/inventories.ts';
import { type MaterialTypeRow, MIB } from './table/row.ts';
import { SCANS } from './table/scans.ts';
import { TESTS } from './table/tests.ts';

export type { Depth, MaterialTypeRow } from './table/row.ts';

const OWN_LAST = Number.MAX_SAFE_INTEGER;

/** The table of material types: Chainloop's under their numbers, then our own. */
const ROWS: readonly MaterialTypeRow[] = [...INVENTORIES, ...TESTS, ...SCANS, ...ARTIFACTS].sort(
  (a, b) => (a.number ?? OWN_LAST) - (b.number ?? OWN_LAST),
);
const byName = new Map(ROWS.map((row) => [row.type, row]));

/** All type names, in the table's order. */
export const MATERIAL_TYPES: readonly string[] = ROWS.map((row) => row.type);

/** The row of a type; undefined for a name that is not in the table. */
export const materialType = (type: string): MaterialTypeRow | undefined => byName.get(type);

/** Raised whenever a validator may decide differently than before. */
const INSPECTOR_VERSION = 2;

/** Name and version of the validator of a type; results are cacheable by (sha256, type, this). */
export const validatorOf = (type: string): string =>
  `${byName.get(type)?.validator.kind ?? 'unknown'}@${INSPECTOR_VERSION}`;

/** True when the bytes themselves must be read; otherwise size and digest decide. */
export const needsInspection = (type: string): boolean => (byName.get(type)?.validator.kind ?? 'none') !== 'none';

/** Longest content of a type that is looked at. */
export const maxBytesOf = (type: string): number => byName.get(type)?.maxBytes ?? MIB;

/** Types any bytes can have: they are never matched by type, and no media type contradicts them. */
export const isGeneric = (type: string): boolean => type === 'ARTIFACT' || type === 'STRING' || type === 'EVIDENCE';

/** Types that count without their bytes: the signed digest is the material. */
export const isDigestOnly = (type: string): boolean => type === 'STRING' || type === 'CONTAINER_IMAGE';

export const defaultMediaType = (type: string): string => byName.get(type)?.mediaTypes[0] ?? 'application/octet-stream';

/** The type whose material a predicate of this type is. */
export function typeOfPredicate(predicateType: string): string | undefined {
  const isOf = (base: string) =>
    predicateType === base ||
    (predicateType.startsWith(`${base}/`) && /^v?\d/.test(predicateType.slice(base.length + 1)));
  return ROWS.find((row) => row.predicateTypes.some(isOf))?.type;
}

const GENERIC_MEDIA_TYPES = new Set([
  'application/json',
  'application/octet-stream',
  'application/xml',
  'application/zip',
  'application/gzip',
  'application/yaml',
  'text/plain',
  'text/xml',
  'text/csv',
]);

/** Types that a media type stands for; empty when it is general (`application/json`) or unknown. Parameters are ignored. */
export function typesOfMediaType(mediaType: string): string[] {
  const bare = (mediaType.split(';')[0] ?? '').trim().toLowerCase();
  if (GENERIC_MEDIA_TYPES.has(bare)) return [];
  return ROWS.filter((row) => row.mediaTypes.includes(bare)).map((row) => row.type);
}
