import { warned } from '../contract/check.ts';
import type { Contract } from '../contract/contract.ts';
import type { Check } from '../verdict.ts';
import { type Binder, createBinder, identityBy } from './bytes.ts';
import { type Descriptor, findDescriptors, type SignedStatement } from './descriptors.ts';
import { isDigestOf, type SentFile, type StoredLookup } from './digests.ts';
import { planExtras } from './extras.ts';
import { checkGroups } from './groups.ts';
import { describeMaterial, type PlannedMaterial, type PlannedSlot } from './material.ts';
import { checkFill } from './slot-checks.ts';
import { type Fill, fillSlots } from './slots.ts';

/** Bytes to inspect, each once per type: read from the store, or from `inline` when they stand inside a statement. */
export type ToInspect = { key: string; sha256: string; type: string; size: number; inline?: Buffer };

export type Plan = {
  /** In the contract's order. */
  slots: PlannedSlot[];
  extras: PlannedMaterial[];
  /** What is known without the bytes, beside the checks of the slots: groups, files that nothing signed. */
  checks: Check[];
  toInspect: ToInspect[];
  /** Bytes that stand inside signed payloads, by sha256; they are not in the store yet. */
  inline: Map<string, Buffer>;
};

/**
 * First phase of the decision, without reading any material: which signed descriptor fills which slot (PROTOCOLS B),
 * and which bytes must be inspected. The statements must be verified: nothing unsigned is ever considered.
 */
export function planMaterials(input: {
  contract: Contract;
  statements: readonly SignedStatement[];
  sent: readonly SentFile[];
  stored: StoredLookup;
}): Plan {
  const { contract, statements, sent } = input;
  const descriptors = findDescriptors(statements);
  const binder = createBinder(sent, input.stored);
  const { fills, unused } = fillSlots({ slots: contract.materials, descriptors, sent, identityOf: identityBy(binder) });
  const subjects = descriptors.filter(({ source }) => source === 'subject');

  const slots = fills.map(
    (fill): PlannedSlot => ({
      slot: fill.slot,
      material: fill.state === 'filled' ? ofFill(fill, binder) : undefined,
      checks: checkFill(fill, { binder, descriptors, subjects, sent, fills }),
    }),
  );
  const filled = slots.flatMap(({ material }) => (material ? [material] : []));
  const extras = planExtras({ unused, binder, taken: filled, reserved: contract.materials.map(({ name }) => name) });
  const materials = [...filled, ...extras.materials];
  const inline = inlineBytes(descriptors, materials);
  return {
    slots,
    extras: extras.materials,
    checks: [...checkGroups(slots), ...extras.checks, ...checkUnsigned(sent, descriptors)],
    toInspect: inspections(materials, inline),
    inline,
  };
}

function ofFill(
  { slot, how, descriptor }: Extract<Fill, { state: 'filled' }>,
  binder: Binder,
): PlannedMaterial | undefined {
  return describeMaterial(descriptor, binder(descriptor), { name: slot.name, type: slot.type, slot: slot.name, how });
}

function inlineBytes(descriptors: readonly Descriptor[], materials: readonly PlannedMaterial[]): Map<string, Buffer> {
  const wanted = new Set(materials.filter(({ bytes }) => bytes === 'inline').map(({ sha256 }) => sha256));
  return new Map(
    descriptors.flatMap(({ digest, content }): [string, Buffer][] =>
      content && digest?.sha256 && wanted.has(digest.sha256) ? [[digest.sha256, content]] : [],
    ),
  );
}

function inspections(materials: readonly PlannedMaterial[], inline: Map<string, Buffer>): ToInspect[] {
  const wanted = new Map<string, ToInspect>();
  for (const { inspection: key, sha256, type, size, bytes } of materials) {
    if (key === null || size === null) continue;
    const content = bytes === 'inline' ? inline.get(sha256) : undefined;
    wanted.set(key, { key, sha256, type, size, ...(content && { inline: content }) });
  }
  return [...wanted.values()];
}

/** A file that nothing signed is said out loud, and is never a material. */
function checkUnsigned(sent: readonly SentFile[], descriptors: readonly Descriptor[]): Check[] {
  const signed = new Map<string, Descriptor[]>();
  for (const descriptor of sent.length === 0 ? [] : descriptors) {
    const hex = descriptor.digest?.sha256 ?? descriptor.digest?.sha512 ?? '';
    const others = signed.get(hex);
    if (others) others.push(descriptor);
    else signed.set(hex, [descriptor]);
  }
  const isSigned = (file: SentFile) =>
    [...(signed.get(file.sha256) ?? []), ...(signed.get(file.sha512) ?? [])].some(
      ({ digest }) => digest && isDigestOf(digest, file),
    );
  return sent
    .filter((file) => !isSigned(file))
    .map(({ name, sha256 }) =>
      warned(
        'material.unsigned',
        `The file sent as "${name}" is not a material: no signed statement names its digest. It was neither kept nor delivered.`,
        {
          subject: name,
          expected: 'a digest that a signed statement names',
          found: `sha256:${sha256}`,
          remedy: 'Sign its sha256 as a subject or byproduct, or do not send it.',
        },
      ),
    );
}
