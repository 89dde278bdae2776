import { describeChecked, type Inspection, type Validation, validationOf } from '../materials/inspection.ts';
import type { PlannedMaterial, PlannedSlot } from '../materials/material.ts';
import type { Plan } from '../materials/plan.ts';
import type { Check } from '../verdict.ts';
import { type Asked, ask } from './asked.ts';
import { failed, passed, warned } from './check.ts';
import { checkMaterialAnnotations } from './claims.ts';
import type { Contract } from './contract.ts';

/** A material of the attestation as it is recorded. */
export type DecidedMaterial = Omit<PlannedMaterial, 'inspection' | 'statement'> & {
  facts: Record<string, unknown>;
  /** How its content stands; null where nobody had to look. */
  validation: Validation | null;
};

type Decided = { material: DecidedMaterial | undefined; asked: Asked[] };

/** Every slot and every extra, once their contents were looked at. */
export const decideMaterials = (
  plan: Plan,
  inspections: ReadonlyMap<string, Inspection>,
): { slots: Decided[]; extras: Decided[] } => ({
  slots: plan.slots.map((planned) => decideSlot(planned, inspections)),
  extras: plan.extras.map((material) => decideExtra(material, inspections)),
});

/** A slot with the check that says how it stands, once its content was looked at. */
function decideSlot(planned: PlannedSlot, inspections: ReadonlyMap<string, Inspection>): Decided {
  const { slot, material } = planned;
  const term = { material: slot.name, from: slot.enforceFrom };
  if (!material) return { material: undefined, asked: ask(planned.checks, term) };
  const inspection = material.inspection === null ? undefined : inspections.get(material.inspection);
  const content = checkContent(planned, material, inspection);
  const checks = [...planned.checks, ...(content ? [content] : [])];
  if (planned.checks.length === 0 && !content) {
    const seen =
      material.bytes === 'absent'
        ? 'known by its digest'
        : inspection
          ? `content ${describeChecked(inspection)}`
          : 'bytes there, not looked into';
    const how = {
      'signed-name': 'by its signed name',
      'named-by-sender': 'named by sender',
      'subject-name': 'as a subject',
      'matched-by-type': 'matched by type',
      extra: '',
    }[material.how];
    checks.push(
      passed(
        'material.present',
        `Material "${slot.name}" (${slot.type}) is there, ${how}: sha256 ${material.sha256}, ${seen}.`,
        { subject: slot.name, found: `sha256:${material.sha256}`, contractLine: slot.line },
      ),
    );
  }
  // Whether it rejects or, for now, only warns: what is not of its type is recorded as plain bytes.
  const recorded =
    content && !isTolerated(slot, inspection)
      ? describe({ ...material, type: 'ARTIFACT' }, undefined, slot.annotations)
      : describe(material, inspection, slot.annotations);
  return { material: recorded, asked: [...ask(checks, term), ...checkMaterialAnnotations(planned)] };
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
  if (inspection.outcome === 'valid') return undefined;
  const found = problemOf(inspection);
  const make = isTolerated(slot, inspection) ? warned : failed;
  const tolerated = make === warned ? ' The contract is tolerant here: it counts all the same.' : '';
  if (inspection.outcome === 'not-validated') {
    return make(
      'material.not-validated',
      `Material "${slot.name}" (${slot.type}) was not validated: ${found}.${tolerated}`,
      {
        ...about,
        found,
        remedy:
          'Make it smaller or split it; with `validation: tolerant` in the contract it counts without being looked at.',
      },
    );
  }
  return make(
    'material.invalid',
    `Material "${slot.name}" is not valid ${slot.type}: ${found}.${more(inspection)}${tolerated}`,
    {
      ...about,
      found,
      remedy: `Make it anew with a tool that writes valid ${slot.type}; \`waybill material check --type ${slot.type} FILE\` shows all problems.`,
    },
  );
}

/** A tolerant slot takes what breaks the rules of its type, or nobody could look at; never what is something else. */
const isTolerated = (slot: PlannedSlot['slot'], inspection: Inspection | undefined): boolean =>
  slot.validation === 'tolerant' && (inspection?.outcome === 'invalid' || inspection?.outcome === 'not-validated');

const problemOf = ({ problems: [first] }: Inspection): string =>
  first?.path ? `at ${first.path}: ${first.message}` : (first?.message ?? 'unreadable');
const more = ({ problems }: Inspection): string => (problems.length > 1 ? ` And ${problems.length - 1} more.` : '');

/** What the contract does not ask for cannot reject; but what is not of its type is recorded as plain bytes, so that no receiver gets it as more. */
function decideExtra(material: PlannedMaterial, inspections: ReadonlyMap<string, Inspection>): Decided {
  const inspection = material.inspection === null ? undefined : inspections.get(material.inspection);
  if (material.inspection === null || inspection?.outcome === 'valid')
    return { material: describe(material, inspection, []), asked: [] };
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
  return { material: describe({ ...material, type: 'ARTIFACT' }, undefined, []), asked: ask([check]) };
}

function describe(
  { inspection: _, statement: __, ...material }: PlannedMaterial,
  inspection: Inspection | undefined,
  wanted: Contract['annotations'],
): DecidedMaterial {
  const fixed = Object.fromEntries(wanted.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
  return {
    ...material,
    facts: inspection?.facts ?? {},
    validation: inspection ? validationOf(inspection) : null,
    annotations: { ...material.annotations, ...fixed },
  };
}
