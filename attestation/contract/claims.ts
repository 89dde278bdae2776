import { isObject, type JsonObject, textEntries } from '../json.ts';
import { CHAINLOOP_PREDICATE, type SignedStatement } from '../materials/descriptors.ts';
import type { PlannedSlot } from '../materials/material.ts';
import type { Check } from '../verdict.ts';
import type { Asked } from './asked.ts';
import { claimed, failed } from './check.ts';
import type { Contract } from './contract.ts';

/** The Chainloop predicates among the statements: the only place where these claims are made. */
export const chainloopPredicates = (statements: readonly SignedStatement[]): JsonObject[] =>
  statements.flatMap(({ statement: { predicateType, predicate } }) =>
    predicateType === CHAINLOOP_PREDICATE && isObject(predicate) ? [predicate] : [],
  );

/** Variables that must have been set while the attestation was made. They are claimed, never verified. */
export function checkEnvironment(contract: Contract, statements: readonly SignedStatement[]): Asked[] {
  const predicates = chainloopPredicates(statements);
  const present = new Set(predicates.flatMap(({ env }) => textEntries(env)).map(([name]) => name));
  return contract.envAllowList.map(({ name, line, enforceFrom: from }) => ({
    from,
    check: present.has(name)
      ? claimed('env.claimed', `The predicate claims environment variable ${name}, as the contract asks.`, {
          subject: name,
          contractLine: line,
        })
      : failed('env.missing', `The contract requires environment variable ${name}, and ${nowhere(predicates)} it.`, {
          subject: name,
          expected: name,
          found: [...present].slice(0, 10).join(', ') || 'none',
          remedy: 'Make the attestation with that variable set, with a tool that records it in a Chainloop predicate.',
          contractLine: line,
        }),
  }));
}

const nowhere = (predicates: readonly JsonObject[]): string =>
  predicates.length === 0 ? 'no Chainloop predicate was sent that could claim' : 'the predicate does not claim';

/** Annotations of the contract: a fixed value must be claimed as it is, an open one with any value. */
export function checkAnnotations(contract: Contract, statements: readonly SignedStatement[]): Asked[] {
  const predicates = chainloopPredicates(statements);
  const given = predicates.map(({ annotations }) => new Map(textEntries(annotations)));
  return contract.annotations.map((wanted) => {
    const values = given.flatMap((annotations) => annotations.get(wanted.name) ?? []).filter((value) => value !== '');
    const check = checkAnnotation(wanted, values, `annotation ${wanted.name}`, nowhere(predicates));
    return { check, from: wanted.enforceFrom };
  });
}

/** Annotations of materials, where the slot is filled. They must be signed beside the material. */
export const checkMaterialAnnotations = ({ slot, material }: PlannedSlot): Asked[] =>
  material === undefined
    ? []
    : slot.annotations.map((wanted) => {
        const value = Object.hasOwn(material.annotations, wanted.name) ? material.annotations[wanted.name] : undefined;
        const what = `annotation ${wanted.name} of material "${slot.name}"`;
        const check = checkAnnotation(wanted, value ? [value] : [], what, 'the signed material does not claim');
        return { check, from: laterOf(slot.enforceFrom, wanted.enforceFrom), material: slot.name };
      });

/** What a material must carry is enforced when the material is, or later. */
const laterOf = (a: string | undefined, b: string | undefined): string | undefined =>
  [a, b]
    .filter((day) => day !== undefined)
    .sort()
    .at(-1);

function checkAnnotation(
  wanted: Contract['annotations'][number],
  values: string[],
  what: string,
  absent: string,
): Check {
  const expected = wanted.value ?? 'any value';
  const common = { subject: wanted.name, expected, contractLine: wanted.line };
  const [found] = values;
  if (found === undefined) {
    return failed('annotation.missing', `The contract requires ${what}, and ${absent} it.`, {
      ...common,
      found: 'nothing',
      remedy: `Make the attestation with ${what}${wanted.value === undefined ? '' : ` set to "${wanted.value}"`}.`,
    });
  }
  const other = values.find((value) => wanted.value !== undefined && value !== wanted.value);
  if (other !== undefined) {
    return failed(
      'annotation.differs',
      `The contract fixes ${what} to "${wanted.value}"; the sender claims "${other}".`,
      {
        ...common,
        found: other,
        remedy: `Leave ${what} as the contract fixes it.`,
      },
    );
  }
  return claimed('annotation.claimed', `The predicate claims ${what}: "${found}".`, { ...common, found });
}
