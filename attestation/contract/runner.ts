import { asText, isObject } from '../json.ts';
import { CHAINLOOP_PREDICATE, type SignedStatement } from '../materials/descriptors.ts';
import type { Check, Verification } from '../verdict.ts';
import { failed, passed, short } from './check.ts';
import { type Contract, RunnerProof, RunnerType } from './contract.ts';
import { runnerOfBuild, runnerOfIssuer } from './runner-table.ts';

/** The CI identity that the request was made with, when it came with the CI's own OIDC token. */
export type TokenIdentity = { issuer: string; claims?: Record<string, string> };

/** Where a statement was made, by the strongest evidence there is for it. */
export type RunnerEvidence = { sha256: string; type: RunnerType; proof: RunnerProof; by: string };

/** The best evidence of each statement; statements that say nothing of a runner are absent. */
export function findRunners(
  verification: Verification,
  statements: readonly SignedStatement[],
  token?: TokenIdentity,
): RunnerEvidence[] {
  const byId = new Map(statements.map(({ sha256, statement }) => [sha256, statement]));
  return verification.statements
    .filter(({ result }) => result !== 'invalid')
    .flatMap(({ sha256, signers }): RunnerEvidence[] => {
      for (const signer of signers) {
        const type = signer.kind === 'certificate' ? runnerOfIssuer(signer.issuer) : undefined;
        if (signer.kind === 'certificate' && type)
          return [{ sha256, type, proof: 'certificate', by: `certificate of ${signer.issuer}` }];
      }
      const ofToken = token && runnerOfIssuer(token.issuer);
      if (token && ofToken) return [{ sha256, type: ofToken, proof: 'token', by: `token of ${token.issuer}` }];
      const statement = byId.get(sha256);
      const declared = statement && declaredRunner(statement);
      return declared ? [{ sha256, proof: 'self-declared', ...declared }] : [];
    });
}

/**
 * Whether the attestation was made where the contract says. No statement may come from elsewhere; at least one must
 * say where it comes from, and every one must prove it when the contract asks for a proof (PROTOCOLS B).
 */
export function checkRunner(
  contract: Contract,
  verification: Verification,
  statements: readonly SignedStatement[],
  token?: TokenIdentity,
): Check[] {
  const wanted = contract.runner;
  if (!wanted) return [];
  const evidence = findRunners(verification, statements, token);
  const common = {
    subject: wanted.type,
    contractLine: wanted.line,
    expected: `${wanted.type}, at least ${wanted.proof}`,
  };
  if (evidence.length === 0) {
    return [
      failed(
        'runner.unknown',
        `The contract asks for runner ${wanted.type}, and nothing that was signed or sent says where this was made.`,
        {
          ...common,
          found: 'no runner',
          remedy:
            'Send provenance that names the builder, sign with a certificate of the CI, or send with its OIDC token.',
        },
      ),
    ];
  }
  const elsewhere = evidence.find(({ type }) => type !== wanted.type);
  if (elsewhere) {
    return [
      failed(
        'runner.mismatch',
        `The contract asks for runner ${wanted.type}; statement ${short(elsewhere.sha256)} was made by ${elsewhere.type} (${elsewhere.by}).`,
        {
          ...common,
          found: `${elsewhere.type}, ${elsewhere.proof}`,
          remedy: `Make and sign the attestation in ${wanted.type}.`,
        },
      ),
    ];
  }
  const weak = weakest(verification, evidence, wanted.proof);
  if (weak) {
    return [
      failed(
        'runner.proof-too-weak',
        `The contract asks that runner ${wanted.type} be proven by ${wanted.proof}; for statement ${short(weak.sha256)} there is ${weak.found}.`,
        {
          ...common,
          found: weak.found,
          remedy:
            wanted.proof === 'certificate'
              ? 'Sign every statement with a certificate issued to the CI job.'
              : 'Send with the OIDC token of the CI job, or sign with its certificate.',
        },
      ),
    ];
  }
  const best = [...evidence].sort((a, b) => rank(b.proof) - rank(a.proof))[0] ?? evidence[0];
  return [
    passed('runner.matches', `Made by ${wanted.type}, as the contract asks: ${best?.by} (${best?.proof}).`, {
      ...common,
      found: `${best?.type}, ${best?.proof}`,
    }),
  ];
}

const rank = (proof: RunnerProof): number => RunnerProof.options.indexOf(proof);

function weakest(
  verification: Verification,
  evidence: RunnerEvidence[],
  wanted: RunnerProof,
): { sha256: string; found: string } | undefined {
  if (wanted === 'self-declared') return undefined;
  for (const { sha256, result } of verification.statements) {
    const found = evidence.find((entry) => entry.sha256 === sha256);
    if (result !== 'invalid' && (!found || rank(found.proof) < rank(wanted)))
      return { sha256, found: found?.proof ?? 'no proof' };
  }
  return undefined;
}

function declaredRunner({
  predicateType,
  predicate,
}: SignedStatement['statement']): { type: RunnerType; by: string } | undefined {
  if (!isObject(predicate)) return undefined;
  if (predicateType === CHAINLOOP_PREDICATE) {
    const type = RunnerType.safeParse(predicate.runnerType);
    return type.success ? { type: type.data, by: 'runnerType of the Chainloop predicate' } : undefined;
  }
  if (!predicateType.startsWith('https://slsa.dev/provenance/')) return undefined;
  const build = isObject(predicate.buildDefinition) ? predicate.buildDefinition : predicate;
  const run = isObject(predicate.runDetails) ? predicate.runDetails : predicate;
  const builder = isObject(run.builder) ? run.builder : {};
  for (const text of [asText(build.buildType), asText(builder.id)]) {
    const type = text === undefined ? undefined : runnerOfBuild(text);
    if (text !== undefined && type) return { type, by: `provenance naming ${text}` };
  }
  return undefined;
}
