import { describe, expect, it } from 'vitest';
import {
  byproduct,
  type Case,
  CERTIFICATE,
  chainloop,
  chainloopMaterial,
  cyclonedx,
  judge,
  provenance,
  SBOM,
} from './world.ts';

/** Every check of a decision: outcome, code, subject where it is no digest, and the line of the contract that asked. */
const told = (input: Case): string[] =>
  judge(input).checks.map(({ outcome, code, subject, contractLine }) =>
    [
      outcome,
      code,
      subject && !/^[0-9a-f]{64}$/.test(subject) ? subject : '',
      contractLine ? `line ${contractLine}` : '',
    ]
      .filter(Boolean)
      .join(' '),
  );

const FULL = `schemaVersion: v1
owner: { team: skynet }
runner: { type: GITHUB_ACTION }
signers: [{ key: skynet-release }]
verification: { maxAge: 24h }
envAllowList: [CI]
annotations:
  - { name: channel }
materials:
  - { type: SBOM_CYCLONEDX_JSON, name: sbom }
  - { type: SARIF, name: scan, optional: true }
  - { type: JUNIT_XML, name: tests, enforceFrom: 2026-01-01 }
policies:
  attestation: [{ ref: signed-commit }]
rules:
  - { name: small, expr: "materials.all(m, m.size < 1000)" }
  - { name: one-subject, expr: "statement.subject.size() == 1", mode: warn }
exceptions:
  - { check: policy.unclaimed, until: 2025-12-31, reason: no engine yet, approvedBy: alice }
  - { rule: small, until: 2024-12-31, reason: was large once, approvedBy: bob }
`;
const material = chainloopMaterial('sbom', 'SBOM_CYCLONEDX_JSON', SBOM);
const claims = { env: { CI: 'true' }, annotations: { channel: 'stable' } };
const RECENT = { provenAt: '2025-03-01T11:00:00Z' };

const rows: [what: string, input: Omit<Case, 'contract'>, verdict: string, checks: string[]][] = [
  [
    'that brings everything',
    { statements: [chainloop(claims, [material])], stored: [SBOM], verification: RECENT },
    'accepted',
    [
      'passed signer.declared line 4',
      'passed age.within line 5',
      'passed runner.matches GITHUB_ACTION line 3',
      'passed material.present sbom line 10',
      'skipped material.absent scan line 11',
      'warned material.missing tests line 12',
      'claimed env.claimed CI line 6',
      'claimed annotation.claimed channel line 8',
      'warned policy.unclaimed signed-commit line 14',
      'passed rule.passed small line 16',
      'passed rule.passed one-subject line 17',
      'skipped exception.expired rule small line 20',
    ],
  ],
  [
    'without bytes, variables and a proven time',
    { statements: [chainloop({ annotations: { channel: '' } }, [material])] },
    'rejected',
    [
      'passed signer.declared line 4',
      'failed age.unproven line 5',
      'passed runner.matches GITHUB_ACTION line 3',
      'failed material.bytes-missing sbom line 10',
      'skipped material.absent scan line 11',
      'warned material.missing tests line 12',
      'failed env.missing CI line 6',
      'failed annotation.missing channel line 8',
      'warned policy.unclaimed signed-commit line 14',
      'failed rule.error small line 16',
      'passed rule.passed one-subject line 17',
      'skipped exception.expired rule small line 20',
    ],
  ],
  [
    'of a stranger, from elsewhere, about two things',
    {
      statements: [
        chainloop(
          { ...claims, runnerType: 'JENKINS_JOB' },
          [material],
          [
            { name: 'a', digest: { sha256: 'a'.repeat(64) } },
            { name: 'b', digest: { sha256: 'b'.repeat(64) } },
          ],
        ),
      ],
      stored: [SBOM],
      signers: [{ ...CERTIFICATE, issuer: 'https://accounts.example' }],
      verification: RECENT,
    },
    'rejected',
    [
      'failed signer.undeclared line 4',
      'passed age.within line 5',
      'failed runner.mismatch GITHUB_ACTION line 3',
      'passed material.present sbom line 10',
      'skipped material.absent scan line 11',
      'warned material.missing tests line 12',
      'claimed env.claimed CI line 6',
      'claimed annotation.claimed channel line 8',
      'warned policy.unclaimed signed-commit line 14',
      'passed rule.passed small line 16',
      'warned rule.failed one-subject line 17',
      'skipped exception.expired rule small line 20',
    ],
  ],
  [
    'as a set of provenance and SBOM, after the announced day',
    {
      statements: [provenance([byproduct('sbom', SBOM)]), cyclonedx()],
      stored: [SBOM],
      verification: { provenAt: '2026-01-01T00:00:00Z' },
      at: new Date('2026-01-01T00:00:01Z'),
    },
    'rejected',
    [
      'passed signer.declared line 4',
      'passed signer.declared line 4',
      'passed age.within line 5',
      'passed age.within line 5',
      'passed runner.matches GITHUB_ACTION line 3',
      'passed material.present sbom line 10',
      'skipped material.absent scan line 11',
      'failed material.missing tests line 12',
      'failed env.missing CI line 6',
      'failed annotation.missing channel line 8',
      'failed policy.unclaimed signed-commit line 14',
      'passed rule.passed small line 16',
      'passed rule.passed one-subject line 17',
      'skipped exception.expired policy.unclaimed line 19',
      'skipped exception.expired rule small line 20',
    ],
  ],
];

describe('an attestation against a contract that uses every term', () => {
  it.each(rows)('%s has exactly its checks, in a fixed order', (_, input, verdict, checks) => {
    expect(told({ contract: FULL, ...input })).toEqual(checks);
    expect(judge({ contract: FULL, ...input })).toMatchObject({ verdict, owner: { team: 'skynet' } });
  });
});
