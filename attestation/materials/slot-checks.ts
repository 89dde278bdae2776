import { failed, skipped, warned } from '../contract/check.ts';
import type { ContractMaterial } from '../contract/contract.ts';
import type { Check } from '../verdict.ts';
import type { Binder, Bytes } from './bytes.ts';
import type { Descriptor } from './descriptors.ts';
import { type Digest, digestText, type SentFile } from './digests.ts';
import type { Fill } from './slots.ts';
import { isDigestOnly, isGeneric, materialType, typesOfMediaType } from './types.ts';

type Around = {
  binder: Binder;
  descriptors: readonly Descriptor[];
  subjects: readonly Descriptor[];
  sent: readonly SentFile[];
  fills: readonly Fill[];
};

/** What is wrong with a slot as far as it shows without the bytes; nothing for one that is well filled. */
export function checkFill(fill: Fill, around: Around): Check[] {
  if (fill.state === 'empty') return checkEmpty(fill, around);
  if (fill.state === 'ambiguous') return [ambiguous(fill, around)];
  const { slot, descriptor } = fill;
  const bytes = around.binder(descriptor);
  const checks = [
    checkType(slot, descriptor),
    checkBytes(slot, bytes, around.sent),
    slot.output ? checkOutput(slot, bytes, around) : undefined,
  ];
  return checks.filter((check) => check !== undefined);
}

const about = (slot: ContractMaterial) => ({ subject: slot.name, contractLine: slot.line });

function checkEmpty(
  { slot, candidates }: Extract<Fill, { state: 'empty' }>,
  { descriptors, sent, fills }: Around,
): Check[] {
  if (slot.group !== undefined) return [];
  const rivals = fills
    .filter((fill) => fill.state === 'empty' && fill.slot.type === slot.type)
    .map((fill) => fill.slot.name);
  const untold =
    candidates.length > 0 && rivals.length > 1
      ? `a signed ${slot.type} without a name is there, but ${rivals.length} materials of that type are open (${rivals.join(', ')})`
      : undefined;
  if (slot.optional) return [untold === undefined ? absent(slot) : notTold(slot, untold)];
  const expected = `${slot.type} "${slot.name}"`;
  const part = sent.find(({ name }) => name === slot.name);
  const reason =
    untold ??
    (part
      ? `the file sent as "${part.name}" has sha256 ${part.sha256}, which no signed statement names`
      : 'no signed statement names it');
  return [
    failed('material.missing', `The contract requires ${expected}; ${reason}. ${remedyFor(slot)}`, {
      ...about(slot),
      expected,
      found: signedNames(descriptors),
      remedy: remedyFor(slot),
    }),
  ];
}

const absent = (slot: ContractMaterial): Check =>
  skipped(
    'material.absent',
    `Optional material "${slot.name}" (${slot.type}) was not signed; the contract does not insist.`,
    about(slot),
  );

/** Something of its type came, and nobody may look at it as this: said aloud, for the contract allows that it is missing. */
const notTold = (slot: ContractMaterial, untold: string): Check =>
  warned('material.ambiguous', `Optional material "${slot.name}" counts as missing: ${untold}.`, {
    ...about(slot),
    remedy: `Sign it under its name "${slot.name}".`,
  });

/** The ways to sign a material so that it fills this slot. */
export function remedyFor({ name, type }: ContractMaterial): string {
  const ways = [
    `as a material or provenance byproduct named "${name}"`,
    `as a subject, sending the file as part "${name}"`,
  ];
  if ((materialType(type)?.predicateTypes.length ?? 0) > 0 && !isGeneric(type))
    ways.push('as the predicate of a statement of its own');
  return `Sign it ${ways.slice(0, -1).join(', ')} or ${ways.at(-1)}.`;
}

function signedNames(descriptors: readonly Descriptor[]): string {
  const names = new Set(
    descriptors.map(({ name, source, signedType }) => name ?? `${signedType ?? 'unnamed'} (${source})`),
  );
  const shown = [...names].slice(0, 8).join(', ');
  return names.size === 0 ? 'nothing' : names.size > 8 ? `${shown} and ${names.size - 8} more` : shown;
}

function ambiguous({ slot, how, candidates }: Extract<Fill, { state: 'ambiguous' }>, { binder }: Around): Check {
  const digests = [...new Set(candidates.map((descriptor) => digestOf(binder(descriptor))))];
  return failed(
    'material.ambiguous',
    `Material "${slot.name}" (${slot.type}) could be any of ${digests.length} different files (${how}), and none is chosen by chance.`,
    {
      ...about(slot),
      expected: 'one digest',
      found: digests.slice(0, 4).join(', '),
      remedy: `Sign exactly one material named "${slot.name}".`,
    },
  );
}

const digestOf = (bytes: Bytes): string => (bytes.digest ? digestText(bytes.digest) : 'no strong digest');

function checkType(slot: ContractMaterial, { signedType, mediaType }: Descriptor): Check | undefined {
  const ofMedia = mediaType === undefined ? [] : typesOfMediaType(mediaType);
  const contradicts =
    signedType !== undefined
      ? signedType !== slot.type
      : ofMedia.length > 0 && !isGeneric(slot.type) && !ofMedia.includes(slot.type);
  if (!contradicts) return undefined;
  const found = signedType ?? `${mediaType} (${ofMedia.join(' or ')})`;
  return failed(
    'material.type-differs',
    `The contract requires "${slot.name}" to be ${slot.type}; it was signed as ${found}.`,
    {
      ...about(slot),
      expected: slot.type,
      found,
      remedy: `Sign it as ${slot.type}, or change its type in the contract.`,
    },
  );
}

function checkBytes(slot: ContractMaterial, bytes: Bytes, sent: readonly SentFile[]): Check | undefined {
  if (bytes.state !== 'absent') return undefined;
  if (bytes.digest === undefined || bytes.sha256 === undefined) {
    const found = bytes.digest ? digestText(bytes.digest) : 'no sha256 and no sha512';
    const needsSha256 = bytes.digest !== undefined && (isDigestOnly(slot.type) || slot.skipUpload);
    if (bytes.digest === undefined || needsSha256) {
      return failed(
        'material.digest-unsupported',
        `Material "${slot.name}" is signed without a digest that binds it: ${found}.`,
        {
          ...about(slot),
          expected: needsSha256 ? 'a sha256' : 'a sha256 or sha512, well-formed',
          found,
          remedy: 'Sign its sha256.',
        },
      );
    }
  }
  if (isDigestOnly(slot.type) || slot.skipUpload) return undefined;
  const part = sent.find(({ name }) => name === slot.name);
  const found = part ? `a file with sha256 ${part.sha256}` : 'no file';
  return failed(
    'material.bytes-missing',
    `Material "${slot.name}" (${slot.type}) is signed as ${digestOf(bytes)}; for it came ${found}.`,
    {
      ...about(slot),
      expected: digestOf(bytes),
      found,
      remedy: part
        ? `Send the very file that was signed as part "${slot.name}".`
        : `Send the file as part "${slot.name}" of the request, or before it with PUT …/blobs/sha256:<hex>.`,
    },
  );
}

/** An output must be what the attestation is about: some subject has its digest, and none of its digests disagrees. */
function checkOutput(slot: ContractMaterial, bytes: Bytes, { subjects }: Around): Check | undefined {
  const { digest } = bytes;
  if (digest && subjects.some((subject) => subject.digest && agree(subject.digest, digest))) return undefined;
  return failed(
    'material.not-output',
    `The contract marks "${slot.name}" as an output, and no signed subject has its digest.`,
    {
      ...about(slot),
      expected: `a subject with ${digestOf(bytes)}`,
      found: signedNames(subjects),
      remedy: 'Add it to the subjects of the statement.',
    },
  );
}

function agree(a: Digest, b: Digest): boolean {
  const shared = (['sha256', 'sha512'] as const).filter(
    (algorithm) => a[algorithm] !== undefined && b[algorithm] !== undefined,
  );
  return shared.length > 0 && shared.every((algorithm) => a[algorithm] === b[algorithm]);
}
