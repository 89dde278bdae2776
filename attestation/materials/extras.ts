import { failed } from '../contract/check.ts';
import type { Check } from '../verdict.ts';
import type { Binder } from './bytes.ts';
import type { Descriptor } from './descriptors.ts';
import { describeMaterial, type PlannedMaterial } from './material.ts';
import { materialType, typesOfMediaType } from './types.ts';

/** Most materials that one attestation may have, those of the contract included. */
const MAX_MATERIALS = 500;

/**
 * Signed materials that the contract does not ask for. Subjects count only when their bytes came along: a digest
 * alone is what the attestation is about, not a material. The same bytes are one material.
 */
export function planExtras(input: {
  unused: readonly Descriptor[];
  binder: Binder;
  taken: readonly PlannedMaterial[];
  reserved: readonly string[];
}): {
  materials: PlannedMaterial[];
  checks: Check[];
} {
  const { binder, taken } = input;
  const digests = new Set(taken.map(({ sha256 }) => sha256));
  const nameOnce = createNames([...input.reserved, ...taken.map(({ name }) => name)]);
  const materials: PlannedMaterial[] = [];
  const bySubjectLast = [...input.unused].sort(
    (a, b) => Number(a.source === 'subject') - Number(b.source === 'subject'),
  );
  for (const descriptor of bySubjectLast) {
    const bytes = binder(descriptor);
    if (bytes.sha256 === undefined || digests.has(bytes.sha256) || !isMaterial(descriptor, bytes.state !== 'absent'))
      continue;
    const type = typeOf(descriptor);
    const part = bytes.state === 'stored' ? bytes.part : undefined;
    const name = nameOnce(descriptor.name ?? part ?? type.toLowerCase().replaceAll('_', '-'));
    const material = describeMaterial(descriptor, bytes, { name, type, slot: null, how: 'extra' });
    if (!material) continue;
    digests.add(material.sha256);
    materials.push(material);
  }
  const count = taken.length + materials.length;
  if (count <= MAX_MATERIALS) return { materials, checks: [] };
  const check = failed(
    'material.too-many',
    `An attestation may have ${MAX_MATERIALS} materials, and this one has ${count}.`,
    {
      expected: `at most ${MAX_MATERIALS}`,
      found: String(count),
      remedy: 'Split the attestation, or sign fewer byproducts.',
    },
  );
  return { materials: materials.slice(0, Math.max(0, MAX_MATERIALS - taken.length)), checks: [check] };
}

/** Provenance is the attestation itself, which is kept anyway. */
const isMaterial = ({ source, signedType }: Descriptor, hasBytes: boolean): boolean =>
  source === 'subject' ? hasBytes : !(source === 'predicate' && signedType === 'SLSA_PROVENANCE');

function typeOf({ signedType, mediaType }: Descriptor): string {
  if (signedType !== undefined && materialType(signedType)) return signedType;
  const types = mediaType === undefined ? [] : typesOfMediaType(mediaType);
  return types.length === 1 ? (types[0] ?? 'ARTIFACT') : 'ARTIFACT';
}

/** Gives each name once; a repeated one is numbered. */
function createNames(reserved: readonly string[]): (name: string) => string {
  const taken = new Set(reserved);
  const last = new Map<string, number>();
  return (name) => {
    let n = last.get(name) ?? 1;
    let unique = name;
    while (taken.has(unique)) {
      n += 1;
      unique = `${name}-${n}`;
    }
    last.set(name, n);
    taken.add(unique);
    return unique;
  };
}
