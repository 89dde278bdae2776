import { type MaterialTypeRow, ROWS } from './rows.ts';

export type { MaterialTypeRow } from './rows.ts';

const byName = new Map(ROWS.map((row) => [row.type, row]));

/** All type names, in Chainloop's order. */
export const MATERIAL_TYPES: readonly string[] = ROWS.map((row) => row.type);

/** The row of a type; undefined for a name that is not in the table. */
export const materialType = (type: string): MaterialTypeRow | undefined => byName.get(type);

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
