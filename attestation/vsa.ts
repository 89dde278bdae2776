import type { Check, StatementVerification, Verdict } from './verdict.ts';

/** A judgement that has its verdict, as far as its summary tells of it. Digests are sha256, hex; `at` is ISO 8601. */
export type Summarized = {
  /** Address under which people know this installation, without a slash at the end. It is the verifier's id. */
  verifier: string;
  attestation: { id: string; n: number; project: string; pipeline: string };
  contract: { name: string; revision: number; digest: string };
  verdict: Verdict;
  checks: readonly Pick<Check, 'outcome'>[];
  verification: readonly StatementVerification[];
  /** Subjects of verified statements: nothing unverified is vouched for. */
  subjects: readonly { name: string; digest: Record<string, string> }[];
  /** Statements as received. */
  statements: readonly { sha256: string }[];
  at: string;
};

export const VSA_PREDICATE_TYPE = 'https://slsa.dev/verification_summary/v1';

/**
 * A verdict as a SLSA Verification Summary, an in-toto statement still unsigned. Its subjects are the artifacts; where
 * none was verified, the statements that were refused, by the digest of their bytes. Levels are only what was checked
 * here: how an artifact was built was not. Source: slsa.dev/spec/v1.1/verification_summary.
 */
export const summarizeVerdict = ({
  verifier,
  attestation,
  contract,
  verdict,
  checks,
  verification,
  subjects,
  statements,
  at,
}: Summarized) => {
  const { id, n, project, pipeline } = attestation;
  const received = `${verifier}/v1/attestations/${id}`;
  const isPassed = verdict === 'accepted';
  return {
    _type: 'https://in-toto.io/Statement/v1' as const,
    subject:
      subjects.length > 0
        ? subjects.map(({ name, digest }) => ({ ...(name !== '' && { name }), digest }))
        : statements.map(({ sha256 }) => ({ name: id, digest: { sha256 } })),
    predicateType: VSA_PREDICATE_TYPE,
    predicate: {
      verifier: { id: verifier },
      timeVerified: at,
      resourceUri: `${verifier}/v1/pipelines/${project}/${pipeline}`,
      policy: {
        uri: `${verifier}/v1/contracts/${contract.name}/revisions/${contract.revision}`,
        digest: { sha256: contract.digest },
      },
      inputAttestations: statements.map(({ sha256 }) => ({
        uri: `${received}/envelope?statement=${sha256}`,
        digest: { sha256 },
        annotations: { attestation: id, judgement: n },
      })),
      verificationResult: isPassed ? ('PASSED' as const) : ('FAILED' as const),
      verifiedLevels: isPassed ? levelsOf(verification, checks) : ['FAILED'],
    },
  };
};

/** A warning may stand for what an exception excused or a term only announces: then the contract is not plainly satisfied. */
const levelsOf = (verification: Summarized['verification'], checks: Summarized['checks']): string[] => [
  'SLSA_BUILD_LEVEL_UNEVALUATED',
  verification.every(({ result }) => result === 'verified')
    ? 'WAYBILL_SIGNATURE_VERIFIED'
    : 'WAYBILL_SIGNATURE_TIME_UNPROVEN',
  checks.some(({ outcome }) => outcome === 'warned')
    ? 'WAYBILL_CONTRACT_SATISFIED_WITH_WARNINGS'
    : 'WAYBILL_CONTRACT_SATISFIED',
];
