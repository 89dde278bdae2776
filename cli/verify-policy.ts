import type { Contract } from '../attestation/contract/contract.ts';
import type { Check, Verification } from '../attestation/verdict.ts';
import type { ReceivedStatement } from '../attestation/verify/parse.ts';
import { usageError } from './exit.ts';
import { digestsOf, readInput } from './files.ts';
import type { Io } from './io.ts';
import { assignment } from './options.ts';

/**
 * What a contract says about verified statements and the files that came with them, without a server: the same decision,
 * where the registered keys are those of the command line and nothing is stored yet.
 */
export async function checkPolicy(
  io: Io,
  contract: Contract,
  materials: readonly string[],
  statements: readonly ReceivedStatement[],
  verification: Verification,
): Promise<Check[]> {
  const { decide } = await import('../attestation/contract/decide.ts');
  const { planRules } = await import('../attestation/contract/rules/task.ts');
  const { evaluateRules } = await import('../attestation/contract/rules/evaluate.ts');
  const { planMaterials } = await import('../attestation/materials/plan.ts');
  const { inspectMaterial } = await import('../attestation/materials/inspect.ts');
  const { parseStatement } = await import('../attestation/verify/parse.ts');
  const good = new Set(
    verification.statements.filter(({ result }) => result !== 'invalid').map(({ sha256 }) => sha256),
  );
  const verified = statements.flatMap(({ sha256, envelope }) => {
    const read = good.has(sha256) ? parseStatement(envelope.payload) : undefined;
    return read?.ok ? [{ sha256, statement: read.statement }] : [];
  });
  const files = await Promise.all(materials.map(assignment).map((given) => readMaterial(io, given)));
  const plan = planMaterials({ contract, statements: verified, sent: files, stored: () => undefined });
  const bytesOf = (sha256: string) => files.find((file) => file.sha256 === sha256)?.read();
  const inspections = new Map(
    plan.toInspect.flatMap(({ key, sha256, type, inline }) => {
      const bytes = inline ?? bytesOf(sha256);
      return bytes ? [[key, inspectMaterial(bytes, type)] as const] : [];
    }),
  );
  const pipeline = { project: 'offline', name: 'offline' };
  const at = io.now();
  const judged = { contract, pipeline, verification, statements: verified, plan, inspections };
  const task = planRules({ ...judged, receivedAt: at.toISOString() });
  return decide({ ...judged, at, rules: task ? evaluateRules(task) : [] }).checks;
}

/** The contract's name, as signers and rules see it, is that of its file. */
export async function readPolicy(io: Io, policy: string): Promise<Contract> {
  const { parseContract } = await import('../attestation/contract/parse.ts');
  const name = (policy.split(/[/\\]/).at(-1) ?? '').replace(/\.(ya?ml|json)$/, '');
  const parsed = parseContract(readInput(io, policy).toString('utf8'), name);
  if (parsed.ok) return parsed.contract;
  const [error] = parsed.errors;
  throw usageError(
    `${policy} is not a valid contract: ${error?.message ?? 'unreadable'}`,
    `See all errors with \`waybill contract check ${policy}\`.`,
  );
}

const readMaterial = async (io: Io, { name, value }: { name: string; value: string }) => {
  const bytes = readInput(io, value);
  return { name, ...(await digestsOf(io, value)), size: bytes.byteLength, read: () => bytes };
};
