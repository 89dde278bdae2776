import type { ContractMaterial } from '../contract/contract.ts';
import type { Check } from '../verdict.ts';
import type { Bytes } from './bytes.ts';
import type { Descriptor } from './descriptors.ts';

import type { How } from './slots.ts';
import { defaultMediaType, needsInspection } from './types.ts';

/** A material as far as it is known before its bytes are looked at. */
export type PlannedMaterial = {
  name: string;
  type: string;
  /** Name of the contract's slot; null for what the contract does not ask for. */
  slot: string | null;
  how: How;
  sha256: string;
  /** null where only the digest is known. */
  size: number | null;
  mediaType: string;
  bytes: Bytes['state'];
  /** Key into the inspections; null when its type needs none or no bytes are there. */
  inspection: string | null;
  annotations: Record<string, string>;
  /** sha256 of the statement that signs it. */
  statement: string;
};

/** A slot of the contract with what fills it, and what is wrong with that. */
export type PlannedSlot = { slot: ContractMaterial; material: PlannedMaterial | undefined; checks: Check[] };

/** Under which an inspection is looked up again. */
const inspectionKey = (type: string, sha256: string): string => `${type}:${sha256}`;

/** A descriptor as a material; undefined when its sha256 is unknown. */
export function describeMaterial(
  descriptor: Descriptor,
  bytes: Bytes,
  as: Pick<PlannedMaterial, 'name' | 'type' | 'slot' | 'how'>,
): PlannedMaterial | undefined {
  const { sha256 } = bytes;
  if (sha256 === undefined) return undefined;
  const isThere = bytes.state !== 'absent';
  return {
    ...as,
    sha256,
    size: isThere ? bytes.size : null,
    mediaType: descriptor.mediaType ?? defaultMediaType(as.type),
    bytes: bytes.state,
    inspection: isThere && needsInspection(as.type) ? inspectionKey(as.type, sha256) : null,
    annotations: descriptor.annotations,
    statement: descriptor.statement,
  };
}
