import type { RunnerType } from './contract.ts';

/** Runners whose identity provider is known, so that a certificate or token can prove them. */
export const PROVABLE_RUNNERS: readonly RunnerType[] = ['GITHUB_ACTION', 'GITLAB_PIPELINE', 'CIRCLECI_BUILD'];

const ISSUERS: readonly [pattern: RegExp, type: RunnerType][] = [
  // An enterprise may have an issuer of its own below GitHub's.
  [/^https:\/\/token\.actions\.githubusercontent\.com(\/[\w.-]+)?$/, 'GITHUB_ACTION'],
  [/^https:\/\/gitlab\.com$/, 'GITLAB_PIPELINE'],
  [/^https:\/\/oidc\.circleci\.com\/org\/[\w-]+$/, 'CIRCLECI_BUILD'],
];

/** The runner that an OIDC issuer vouches for. */
export const runnerOfIssuer = (issuer: string): RunnerType | undefined =>
  ISSUERS.find(([pattern]) => pattern.test(issuer))?.[1];

const BUILDS: readonly [pattern: RegExp, type: RunnerType][] = [
  [/^https:\/\/actions\.github\.io\/buildtypes\/workflow\/v\d+$/, 'GITHUB_ACTION'],
  [/^https:\/\/slsa-framework\.github\.io\/github-actions-buildtypes\/workflow\/v\d+$/, 'GITHUB_ACTION'],
  [/^https:\/\/github\.com\/slsa-framework\/slsa-github-generator\/[\w./-]+@v\d+$/, 'GITHUB_ACTION'],
  [/^https:\/\/github\.com\/npm\/cli\/gha\/v\d+$/, 'GITHUB_ACTION'],
  [/^https:\/\/github\.com\/actions\/runner(\/[\w-]+)?$/, 'GITHUB_ACTION'],
  [/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/\.github\/workflows\/[\w./-]+@[^\s]+$/, 'GITHUB_ACTION'],
  [/^https:\/\/github\.com\/npm\/cli\/gitlab\/v\w+$/, 'GITLAB_PIPELINE'],
  [/^https:\/\/gitlab\.com\/gitlab-org\/gitlab-runner\/-\/blob\/[^\s]+$/, 'GITLAB_PIPELINE'],
  [/^https:\/\/gitlab\.com\/[\w./-]+\/-\/runners\/\d+$/, 'GITLAB_PIPELINE'],
  [/^https:\/\/docs\.gitlab\.com\/[^\s]*slsa[^\s]*$/, 'GITLAB_PIPELINE'],
  [/^(https:\/\/)?tekton\.dev\/[^\s]+$/, 'TEKTON_PIPELINE'],
];

/** The runner that a SLSA `buildType` or `builder.id` names. Nothing proves it but the signature around it. */
export const runnerOfBuild = (text: string): RunnerType | undefined =>
  BUILDS.find(([pattern]) => pattern.test(text))?.[1];
