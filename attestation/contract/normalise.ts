import { parseDuration } from '../duration.ts';
import type { Contract, PolicyAttachment } from './contract.ts';
import { findContradictions } from './contradictions.ts';
import type { PlacedError } from './explain.ts';
import type { FORMS, Form, Terms } from './schema.ts';

type File = ReturnType<(typeof FORMS)[Form]['parse']>;
type Path = readonly PropertyKey[];

/** Brings a well-formed file into the normal form, and finds what only shows across fields. */
export function normalise(
  file: File,
  form: Form,
  name: string,
  lineOf: (path: Path) => number,
): { contract: Contract; errors: PlacedError[] } {
  const metadata = 'metadata' in file ? file.metadata : { name, annotations: {}, description: undefined };
  const terms: Terms = 'schemaVersion' in file ? file : (file.spec ?? {});
  const root: Path = form === 'v1' ? [] : ['spec'];
  const at = (...path: PropertyKey[]) => lineOf([...root, ...path]);

  const contract: Contract = {
    name: metadata.name,
    form,
    metadataAnnotations: metadata.annotations ?? {},
    ...(metadata.description !== undefined && { description: metadata.description }),
    ...(terms.owner && { owner: terms.owner }),
    materials: (terms.materials ?? []).map((material, i) => ({
      type: material.type,
      name: material.name,
      optional: material.optional ?? false,
      ...(material.group && { group: material.group }),
      output: material.output ?? false,
      skipUpload: material.skipUpload ?? false,
      ...(material.validation && { validation: material.validation }),
      annotations: wanted(material.annotations, (j) => at('materials', i, 'annotations', j)),
      ...from(material),
      line: at('materials', i),
    })),
    ...(terms.runner && {
      runner: {
        type: terms.runner.type,
        proof: terms.runner.proof ?? 'self-declared',
        ...from(terms.runner),
        line: at('runner'),
      },
    }),
    signers: (terms.signers ?? []).map(({ key, issuer, ...fields }, i) =>
      key === undefined
        ? { kind: 'certificate', issuer: issuer ?? '', ...fields, line: at('signers', i) }
        : { kind: 'key', key, line: at('signers', i) },
    ),
    annotations: wanted(terms.annotations, (i) => at('annotations', i)),
    envAllowList: (terms.envAllowList ?? []).map((variable, i) => ({
      ...(typeof variable === 'string' ? { name: variable } : { name: variable.name, ...from(variable) }),
      line: at('envAllowList', i),
    })),
    verification: {
      require: terms.verification?.require ?? 'verified',
      threshold: terms.verification?.threshold ?? 1,
      ...(terms.verification?.maxAge !== undefined && { maxAgeMs: parseDuration(terms.verification.maxAge) ?? 0 }),
      ...(terms.verification && { ...from(terms.verification), line: at('verification') }),
    },
    ...(terms.expect && { expect: { everyMs: Math.max(1, parseDuration(terms.expect.every) ?? 1) } }),
    policies: {
      materials: policies(terms.policies?.materials, (i) => at('policies', 'materials', i)),
      attestation: policies(terms.policies?.attestation, (i) => at('policies', 'attestation', i)),
    },
    policyGroups: (terms.policyGroups ?? []).map((group, i) => ({
      ref: group.ref,
      skip: group.skip ?? [],
      ...(group.gate !== undefined && { gate: group.gate }),
      ...from(group),
      line: at('policyGroups', i),
    })),
    rules: (terms.rules ?? []).map(({ mode = 'enforce', ...rule }, i) => ({ ...rule, mode, line: at('rules', i) })),
    exceptions: (terms.exceptions ?? []).map((exception, i) => ({ ...exception, line: at('exceptions', i) })),
  };
  return { contract, errors: findContradictions(contract, root) };
}

const from = ({ enforceFrom }: { enforceFrom?: string | undefined }) => enforceFrom !== undefined && { enforceFrom };

type Annotations = Terms['annotations'];
const wanted = (annotations: Annotations, line: (i: number) => number): Contract['annotations'] =>
  // Protobuf does not tell an empty value from none: both must be given by the sender.
  (annotations ?? []).map(({ name, value, ...more }, i) => ({
    name,
    ...(value && { value }),
    ...from(more),
    line: line(i),
  }));

type WrittenPolicies = NonNullable<Terms['policies']>['materials'];
const policies = (attachments: WrittenPolicies, line: (i: number) => number): PolicyAttachment[] =>
  (attachments ?? []).map((policy, i) => ({
    ref: policy.ref ?? nameOfEmbedded(policy.embedded),
    embedded: policy.ref === undefined,
    disabled: policy.disabled ?? false,
    ...(policy.gate !== undefined && { gate: policy.gate }),
    ...(policy.selector && {
      selector: { name: policy.selector.name, matchMode: policy.selector.matchMode ?? 'EXACT' },
    }),
    ...from(policy),
    line: line(i),
  }));

function nameOfEmbedded(embedded: Record<string, unknown> | undefined): string {
  const metadata = embedded?.metadata;
  const name = typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : undefined;
  return typeof name === 'string' ? name : '(embedded policy without a name)';
}
