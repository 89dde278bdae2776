import type { Known } from '../decide.ts';
import { type DecidedMaterial, decideMaterials } from '../decide-material.ts';
import type { RuleMaterial, RuleTask } from './instances.ts';

/** What there is to evaluate before the decision; undefined when the contract has no rules. */
export function planRules(
  input: Known & {
    /** ISO 8601, UTC. */
    receivedAt: string;
  },
): RuleTask | undefined {
  const { contract, pipeline, receivedAt } = input;
  if (contract.rules.length === 0) return undefined;
  const { slots, extras } = decideMaterials(input.plan, input.inspections);
  return {
    rules: contract.rules.map(({ name, expr }) => ({ name, expr })),
    statements: input.statements.map(({ sha256, statement: { payload } }) => ({
      sha256,
      payload,
      signers: input.verification.statements.find((verified) => verified.sha256 === sha256)?.signers ?? [],
    })),
    materials: [...slots, ...extras].flatMap(({ material }) => (material ? [describe(material)] : [])),
    pipeline,
    receivedAt,
  };
}

const describe = ({
  name,
  type,
  slot,
  sha256,
  size,
  mediaType,
  annotations,
  facts,
}: DecidedMaterial): RuleMaterial => ({
  name,
  type,
  slot: slot ?? '',
  digest: { sha256 },
  size,
  mediaType,
  annotations,
  facts,
});
