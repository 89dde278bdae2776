import type { ContractMaterial } from '../contract/contract.ts';
import type { Descriptor } from './descriptors.ts';
import { isDigestOf, type SentFile } from './digests.ts';
import { isGeneric } from './types.ts';

/** How a material came to its name; `extra`: signed, and the contract does not ask for it. */
export type How = 'signed-name' | 'named-by-sender' | 'subject-name' | 'matched-by-type' | 'extra';

/** How one slot of the contract was filled, or why not. */
export type Fill =
  | { slot: ContractMaterial; state: 'filled'; how: Exclude<How, 'extra'>; descriptor: Descriptor }
  | { slot: ContractMaterial; state: 'ambiguous'; how: Exclude<How, 'extra'>; candidates: Descriptor[] }
  /** `candidates`: what would have been of its type, had it been the only one for the only slot. */
  | { slot: ContractMaterial; state: 'empty'; candidates: Descriptor[] };

/** Tells whether two descriptors are of the same bytes. */
export type IdentityOf = (descriptor: Descriptor) => string;

type Rule = { how: Exclude<How, 'extra'>; candidates: (slot: ContractMaterial) => Descriptor[] };

/**
 * Fills the slots of a contract by PROTOCOLS B. Each rule goes over all slots in the contract's order before the next
 * begins, so that a weaker rule never takes what a stronger one would have used elsewhere. `unused`: what filled none.
 */
export function fillSlots(input: {
  slots: readonly ContractMaterial[];
  descriptors: readonly Descriptor[];
  sent: readonly SentFile[];
  identityOf: IdentityOf;
}): {
  fills: Fill[];
  unused: Descriptor[];
} {
  const { slots, descriptors, identityOf } = input;
  const unused = new Set(descriptors);
  const fills = new Map<ContractMaterial, Fill>();
  const typed = descriptors.filter(isUnnamedOfType);
  const open = () => slots.filter((slot) => !fills.has(slot));

  for (const { how, candidates } of rules(input, unused, open)) {
    for (const slot of open()) {
      const found = candidates(slot).filter((descriptor) => unused.has(descriptor));
      const [first] = found;
      if (!first) continue;
      for (const descriptor of found) unused.delete(descriptor);
      const isOne = new Set(found.map(identityOf)).size === 1;
      fills.set(
        slot,
        isOne
          ? { slot, state: 'filled', how, descriptor: richest(found) ?? first }
          : { slot, state: 'ambiguous', how, candidates: found },
      );
    }
  }
  return {
    fills: slots.map(
      (slot) =>
        fills.get(slot) ?? {
          slot,
          state: 'empty',
          candidates: typed.filter((descriptor) => unused.has(descriptor) && descriptor.signedType === slot.type),
        },
    ),
    unused: [...unused],
  };
}

function rules(
  { slots, descriptors, sent }: Parameters<typeof fillSlots>[0],
  unused: Set<Descriptor>,
  open: () => ContractMaterial[],
): Rule[] {
  const materials = descriptors.filter(({ source }) => source === 'byproduct' || source === 'chainloop');
  const subjects = descriptors.filter(({ source }) => source === 'subject');
  const typed = descriptors.filter(isUnnamedOfType);
  const materialsByName = groupBy(materials, ({ name }) => [name]);
  const subjectsByName = groupBy(subjects, ({ name }) => [name]);
  const slotNames = new Set(slots.map(({ name }) => name));
  // A sender's name never replaces a signed one: neither a material's, nor a subject's that is another slot's.
  const nameable = (slot: string, { source, name }: Descriptor) =>
    name === undefined || (source === 'subject' && (name === slot || !slotNames.has(name)));
  const byDigest = groupBy([...subjects, ...materials], ({ digest }) => [digest?.sha256, digest?.sha512]);
  return [
    { how: 'signed-name', candidates: ({ name }) => materialsByName.get(name) ?? [] },
    {
      how: 'named-by-sender',
      candidates: ({ name }) => {
        const found = sent
          .filter((part) => part.name === name)
          .flatMap((part) =>
            [...(byDigest.get(part.sha256) ?? []), ...(byDigest.get(part.sha512) ?? [])].filter(
              (descriptor) =>
                nameable(name, descriptor) && descriptor.digest !== undefined && isDigestOf(descriptor.digest, part),
            ),
          );
        return [...new Set(found)];
      },
    },
    { how: 'subject-name', candidates: ({ name }) => subjectsByName.get(name) ?? [] },
    {
      how: 'matched-by-type',
      candidates: ({ type }) => {
        const isOnlySlot = open().filter((slot) => slot.type === type).length === 1;
        return isOnlySlot ? typed.filter((descriptor) => unused.has(descriptor) && descriptor.signedType === type) : [];
      },
    },
  ];
}

/** Rule 4 takes what has no name and whose signed type is the slot's; never a type that any bytes can have. */
const isUnnamedOfType = ({ source, name, signedType }: Descriptor): boolean =>
  (source === 'predicate' || source === 'subject') &&
  name === undefined &&
  signedType !== undefined &&
  !isGeneric(signedType);

/** Of several that say the same, the one that brings its bytes, else the one that says more about its digest. */
const richest = (found: Descriptor[]): Descriptor | undefined =>
  found.find(({ content }) => content) ??
  found.find(({ digest }) => digest?.sha256 && digest.sha512) ??
  found.find(({ digest }) => digest);

function groupBy(
  descriptors: readonly Descriptor[],
  keysOf: (descriptor: Descriptor) => (string | undefined)[],
): Map<string, Descriptor[]> {
  const groups = new Map<string, Descriptor[]>();
  for (const descriptor of descriptors) {
    for (const key of keysOf(descriptor)) {
      if (key === undefined) continue;
      const group = groups.get(key);
      if (group) group.push(descriptor);
      else groups.set(key, [descriptor]);
    }
  }
  return groups;
}
