import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StatementVerification } from '../../../attestation/verdict.ts';
import { properties } from '../../support/properties.ts';
import {
  byproduct,
  type Case,
  CERTIFICATE,
  chainloop,
  chainloopMaterial,
  cyclonedx,
  judge,
  KEY,
  provenance,
  SBOM,
} from './world.ts';

/** A contract as values, so that it can be made stricter; written as JSON, which is a contract's other syntax. */
type Entry = Record<string, unknown>;
type Draft = Record<'materials' | 'annotations' | 'envAllowList' | 'rules' | 'exceptions', Entry[]> & {
  verification: Entry;
  runner?: Entry;
};

const DAYS = ['2025-02-28', '2025-03-01', '2025-03-02'];
const day = fc.constantFrom(...DAYS);
const from = { enforceFrom: fc.option(day, { nil: undefined }) };
/** Mostly the first, so that one contract in three is met: where nothing is accepted, nothing is shown. */
const mostly = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 3 * others.length, arbitrary: fc.constant(usual) },
    { weight: others.length, arbitrary: fc.constantFrom(...others) },
  );
const annotation = fc.record({
  name: fc.constantFrom('tier', 'channel'),
  value: fc.constantFrom(undefined, 'critical', 'other'),
  ...from,
});
const TYPES: Record<string, string> = { sbom: 'SBOM_CYCLONEDX_JSON', scan: 'SARIF', extra: 'ARTIFACT' };
const material = fc
  .record({
    name: fc.constantFrom('sbom', 'scan', 'extra'),
    type: mostly(undefined, 'SARIF', 'ARTIFACT', 'SBOM_CYCLONEDX_JSON'),
    optional: fc.boolean(),
    output: mostly(false, true),
    skipUpload: mostly(false, true),
    group: mostly(undefined, 'any'),
    validation: mostly(undefined, 'tolerant'),
    annotations: mostly<Entry[]>([], [{ name: 'tier' }], [{ name: 'tier', value: 'critical' }]),
    ...from,
  })
  .map((entry) => ({ ...entry, type: entry.type ?? TYPES[entry.name] }));
const rule = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  expr: mostly(
    'materials.size() >= 0',
    'false',
    '1',
    'predicate.nope',
    'materials.size() > 0',
    'signer.kind == "key"',
    'statement.predicateType.contains("slsa")',
  ),
  mode: fc.constantFrom('enforce', 'warn'),
  ...from,
});
const exception = fc.record({
  check: fc.constantFrom('material.missing', 'rule.failed', 'annotation.missing', 'signer.threshold', 'env.missing'),
  until: day,
  reason: fc.constant('why'),
  approvedBy: fc.constant('who'),
});
const byName = { selector: ({ name }: { name: string }) => name };
const draft: fc.Arbitrary<Draft> = fc.record({
  materials: fc.uniqueArray(material, { ...byName, maxLength: 2 }),
  annotations: fc.array(annotation, { maxLength: 1 }),
  envAllowList: fc.array(fc.record({ name: fc.constantFrom('CI', 'TAG'), ...from }), { maxLength: 1 }),
  rules: fc.uniqueArray(rule, { ...byName, maxLength: 2 }),
  exceptions: fc.array(exception, { maxLength: 2 }),
  verification: fc.record({
    threshold: mostly(1, 2),
    require: fc.constantFrom('verified', 'time-unproven'),
    maxAge: mostly(undefined, '1h', '30d'),
    ...from,
  }),
  runner: fc.option(fc.record({ type: mostly('GITHUB_ACTION', 'GITLAB_PIPELINE'), ...from }), {
    nil: undefined,
  }),
}) as fc.Arbitrary<Draft>;

const SARIF = JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [] });
const named = [byproduct('sbom', SBOM), byproduct('scan', SARIF), byproduct('extra', 'x')];
const statement = fc.oneof(
  fc.constant(cyclonedx()),
  mostly(named, named.slice(1), []).map((byproducts) => provenance(byproducts)),
  fc
    .record({ env: mostly(['CI', 'TAG'], ['CI'], []), tier: mostly('critical', 'other', '') })
    .map(({ env, tier }) =>
      chainloop({ env: Object.fromEntries(env.map((name) => [name, '1'])), annotations: { tier } }, [
        chainloopMaterial('sbom', 'SBOM_CYCLONEDX_JSON', SBOM, { tier }),
      ]),
    ),
);
const OTHER_KEY = { ...KEY, name: 'other', fingerprint: 'e'.repeat(64) };
const attestation: fc.Arbitrary<Omit<Case, 'contract'>> = fc.record({
  statements: fc.uniqueArray(statement, { minLength: 1, maxLength: 3, selector: (one) => one.predicateType }),
  stored: mostly([SBOM, SARIF, 'x'], [SBOM], []),
  signers: mostly([KEY, OTHER_KEY], [KEY], [CERTIFICATE]),
  verification: mostly<Partial<StatementVerification>>(
    { provenAt: '2025-03-01T11:30:00Z' },
    { result: 'time-unproven' },
    { provenAt: '2025-02-01T00:00:00Z' },
  ),
});

type Term = Exclude<keyof Draft, 'verification' | 'runner'>;
const change = (contract: Draft, term: Term, at: number, make: (entry: Entry) => Entry): Draft => ({
  ...contract,
  [term]: contract[term].map((entry, i) =>
    contract[term].length > 0 && i === at % contract[term].length ? make(entry) : entry,
  ),
});
const add = (contract: Draft, term: Term, entry: Entry): Draft => ({ ...contract, [term]: [...contract[term], entry] });
const withoutDay = ({ enforceFrom: _, ...entry }: Entry): Entry => entry;
const index = fc.nat(5);

/** Each makes a contract ask for more, or for the same earlier. */
const STRICTER: Record<string, fc.Arbitrary<(contract: Draft) => Draft>> = {
  // In a group of its own: one more member makes a group easier to satisfy. Of a type of its own: what has no name fills
  // the only slot of its type (PROTOCOLS B.4), so that a second one empties an optional first.
  'one more material': material.map(
    (entry) => (c) =>
      add(c, 'materials', {
        ...entry,
        name: 'one-more',
        ...(c.materials.some(({ type }) => type === entry.type) && { type: 'OPENVEX' }),
        ...(entry.group && { group: 'another' }),
      }),
  ),
  'one more rule': rule.map((entry) => (c) => add(c, 'rules', { ...entry, name: 'one-more' })),
  'one more annotation': annotation.map((entry) => (c) => add(c, 'annotations', { ...entry, name: 'one_more' })),
  'one more variable': fc.constant((c) => add(c, 'envAllowList', { name: 'ONE_MORE' })),
  'a material that is no longer optional': index.map(
    (i) => (c) => change(c, 'materials', i, (m) => ({ ...m, optional: false })),
  ),
  'a material that must be an output': index.map(
    (i) => (c) => change(c, 'materials', i, (m) => ({ ...m, output: true })),
  ),
  'a material whose bytes must come': index.map(
    (i) => (c) => change(c, 'materials', i, (m) => ({ ...m, skipUpload: false })),
  ),
  'a material that must be valid': index.map(
    (i) => (c) => change(c, 'materials', i, (m) => ({ ...m, validation: 'strict' })),
  ),
  'a material that must carry an annotation': index.map(
    (i) => (c) =>
      change(c, 'materials', i, (m) => ({
        ...m,
        annotations: [...((m.annotations as Entry[]) ?? []), { name: 'more' }],
      })),
  ),
  'a rule that no longer only warns': index.map(
    (i) => (c) => change(c, 'rules', i, (r) => ({ ...r, mode: 'enforce' })),
  ),
  'a term that is enforced at once': fc
    .tuple(fc.constantFrom<Term>('materials', 'annotations', 'envAllowList', 'rules'), index)
    .map(
      ([term, i]) =>
        (c) =>
          change(c, term, i, withoutDay),
    ),
  'signatures that are enforced at once': fc.constant((c) => ({ ...c, verification: withoutDay(c.verification) })),
  'one signer more': fc.constant((c) => ({ ...c, verification: { ...c.verification, threshold: 2 } })),
  'a time that must be proven': fc.constant((c) => ({
    ...c,
    verification: { ...c.verification, require: 'verified' },
  })),
  'an age': fc.constant((c) => ({ ...c, verification: { ...c.verification, maxAge: '1h' } })),
  'a runner that is enforced at once': fc.constant((c) => ({
    ...c,
    ...(c.runner && { runner: withoutDay(c.runner) }),
  })),
  'one exception less': index.map((i) => (c) => ({ ...c, exceptions: c.exceptions.filter((_, at) => at !== i) })),
  'an exception that ended': index.map(
    (i) => (c) => change(c, 'exceptions', i, (e) => ({ ...e, until: '2020-01-01' })),
  ),
};

const written = (contract: Draft): string => JSON.stringify({ schemaVersion: 'v1', ...contract });
const runs = properties(40);

describe('a contract that asks for more never accepts more', () => {
  it.each(Object.entries(STRICTER))('%s', (_, stricter) => {
    fc.assert(
      fc.property(draft, attestation, stricter, (contract, input, more) => {
        const before = judge({ contract: written(contract), ...input }).verdict;
        const after = judge({ contract: written(more(contract)), ...input }).verdict;
        expect(before === 'rejected' && after === 'accepted').toBe(false);
      }),
      runs,
    );
  });
});

describe('a decision', () => {
  it('is the same, byte for byte, whenever it is made', () => {
    fc.assert(
      fc.property(draft, attestation, (contract, input) => {
        const text = written(contract);
        expect(JSON.stringify(judge({ contract: text, ...input }))).toBe(
          JSON.stringify(judge({ contract: text, ...input })),
        );
      }),
      runs,
    );
  });

  it('says of every check what it is, where the contract asked for it, and of every failure what to do', () => {
    fc.assert(
      fc.property(draft, attestation, (contract, input) => {
        for (const { code, outcome, message, expected, found, remedy } of judge({
          contract: written(contract),
          ...input,
        }).checks) {
          expect(code).toMatch(/^[a-z]+(\.[a-z-]+)+$/);
          expect(message).toMatch(/^[A-Z].*\S$/s);
          if (outcome === 'failed')
            for (const said of [expected, found, remedy]) expect(said, `${code}: ${message}`).toBeTruthy();
        }
      }),
      runs,
    );
  });
});
