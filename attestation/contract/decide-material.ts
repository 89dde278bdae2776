import type { Inspection } from '../materials/inspect.ts';
import type { PlannedMaterial, PlannedSlot } from '../materials/material.ts';
import type { Check } from '../verdict.ts';
import { failed, passed, warned } from './check.ts';
import { checkMaterialAnnotations } from './claims.ts';
import type { Contract } from './contract.ts';

/** A material of the attestation as it is recorded. */
export type DecidedMaterial = Omit<PlannedMaterial, 'inspection' | 'statement'> & { facts: Record<string, unknown> };

export type Decided = { material: DecidedMaterial | undefined; checks: Check[] };

/** A slot with the check that says how it stands, once its content was looked at. */
export function decideSlot(planned: PlannedSlot, inspections: ReadonlyMap<string, Inspection>): Decided {
  const { slot, material } = planned;
  if (!material) return { material: undefined, checks: planned.checks };
  const inspection = material.inspection === null ? undefined : inspections.get(material.inspection);
  const content = checkContent(planned, material, inspection);
  const checks = [...planned.checks, ...(content ? [content] : []), ...checkMaterialAnnotations(planned)];
  if (planned.checks.length === 0 && !content) {
    const seen =
      material.bytes === 'absent'
        ? 'known by its digest'
        : inspection
          ? `content valid (${inspection.validator})`
          : 'bytes there';
    const how = {
      'signed-name': 'by its signed name',
      'named-by-sender': 'named by sender',
      'subject-name': 'as a subject',
      'matched-by-type': 'matched by type',
      extra: '',
    }[material.how];
    checks.unshift(
      passed(
        'material.present',
        `Material "${slot.name}" (${slot.type}) is there, ${how}: sha256 ${material.sha256}, ${seen}.`,
        { subject: slot.name, found: `sha256:${material.sha256}`, contractLine: slot.line },
      ),
    );
  }
  return { material: describe(material, inspection, slot.annotations), checks };
}

function checkContent(
  { slot }: PlannedSlot,
  material: PlannedMaterial,
  inspection: Inspection | undefined,
): Check | undefined {
  const about = { subject: slot.name, expected: `valid ${slot.type}`, contractLine: slot.line };
  if (material.bytes !== 'absent' && material.size === 0 && slot.type !== 'STRING') {
    return failed('material.invalid', `Material "${slot.name}" (${slot.type}) is an empty file.`, {
      ...about,
      found: '0 bytes',
      remedy: 'Send the file with its content.',
    });
  }
  if (material.inspection === null) return undefined;
  if (!inspection) {
    return failed(
      'material.not-inspected',
      `Material "${slot.name}" (${slot.type}) could not be inspected, and what nobody looked at does not count.`,
      { ...about, found: 'no inspection', remedy: 'Send the attestation again.' },
    );
  }
  if (inspection.valid) return undefined;
  const found = problemOf(inspection);
  return failed('material.invalid', `Material "${slot.name}" is not valid ${slot.type}: ${found}.${more(inspection)}`, {
    ...about,
    found,
    remedy: `Make it anew with a tool that writes valid ${slot.type}; \`waybill material check --type ${slot.type} FILE\` shows all problems.`,
  });
}

const problemOf = ({ problems: [first] }: Inspection): string =>
  first?.path ? `at ${first.path}: ${first.message}` : (first?.message ?? 'unreadable');
const more = ({ problems }: Inspection): string => (problems.length > 1 ? ` And ${problems.length - 1} more.` : '');

/** What the contract does not ask for cannot reject; but what is not of its type is recorded as plain bytes, so that no receiver gets it as more. */
export function decideExtra(material: PlannedMaterial, inspections: ReadonlyMap<string, Inspection>): Decided {
  const inspection = material.inspection === null ? undefined : inspections.get(material.inspection);
  if (material.inspection === null || inspection?.valid)
    return { material: describe(material, inspection, []), checks: [] };
  const found = inspection ? problemOf(inspection) : 'not inspected';
  const check = warned(
    'material.invalid',
    `The signed material "${material.name}" is not valid ${material.type} (${found}); the contract does not ask for it, and it was recorded as ARTIFACT.`,
    {
      subject: material.name,
      expected: `valid ${material.type}`,
      found,
      remedy: 'Make it anew, or do not sign it.',
    },
  );
  return { material: describe({ ...material, type: 'ARTIFACT' }, undefined, []), checks: [check] };
}

function describe(
  { inspection: _, statement: __, ...material }: PlannedMaterial,
  inspection: Inspection | undefined,
  wanted: Contract['annotations'],
): DecidedMaterial {
  const fixed = Object.fromEntries(wanted.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
  return { ...material, facts: inspection?.facts ?? {}, annotations: { ...material.annotations, ...fixed } };
}
