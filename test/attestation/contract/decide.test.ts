import { describe, expect, it } from 'vitest';
import { sha256Of, sha512Of } from '../../support/envelopes.ts';
import {
  APP,
  byproduct,
  type Case,
  CERTIFICATE,
  chainloop,
  chainloopMaterial,
  codes,
  cyclonedx,
  failures,
  judge,
  provenance,
  SBOM,
  statementOf,
} from './world.ts';

const SKYNET = 'schemaVersion: v1\nmaterials:\n  - { type: SBOM_CYCLONEDX_JSON, name: skynet-sbom }\n';
const slots = (...entries: string[]) =>
  `schemaVersion: v1\nmaterials:\n${entries.map((entry) => `  - { ${entry} }\n`).join('')}`;
const subject = (name: string, bytes: string) => ({ name, digest: { sha256: sha256Of(bytes) } });
const OTHER = SBOM.replace('skynet', 'other');

describe('what real producers send, against a contract that asks for one CycloneDX SBOM', () => {
  const accepted: [who: string, input: Omit<Case, 'contract'>, how: string, bytes: string][] = [
    ['cosign attest --type cyclonedx, actions/attest-sbom', { statements: [cyclonedx()] }, 'matched-by-type', 'inline'],
    [
      'slsa-github-generator with the SBOM as a subject and part',
      { statements: [provenance([], [APP, subject('sbom.json', SBOM)])], sent: { 'skynet-sbom': SBOM } },
      'named-by-sender',
      'stored',
    ],
    [
      'npm provenance with a CycloneDX attestation about the same tarball',
      { statements: [provenance(), cyclonedx()] },
      'matched-by-type',
      'inline',
    ],
    [
      'curl and openssl with a byproduct',
      { statements: [provenance([byproduct('skynet-sbom', SBOM)])], sent: { file: SBOM } },
      'signed-name',
      'stored',
    ],
    [
      'curl and openssl with a subject',
      { statements: [provenance([], [subject('skynet-sbom', SBOM)])], stored: [SBOM] },
      'subject-name',
      'stored',
    ],
    [
      'waybill attest',
      {
        statements: [
          provenance([
            byproduct('skynet-sbom', SBOM, {
              mediaType: 'application/vnd.cyclonedx+json',
              digest: { sha256: sha256Of(SBOM), sha512: sha512Of(SBOM) },
            }),
          ]),
        ],
        sent: { 'skynet-sbom': SBOM },
      },
      'signed-name',
      'stored',
    ],
    [
      'Chainloop',
      { statements: [chainloop({}, [chainloopMaterial('skynet-sbom', 'SBOM_CYCLONEDX_JSON', SBOM)])], stored: [SBOM] },
      'signed-name',
      'stored',
    ],
    [
      'Chainloop with the content inline',
      {
        statements: [
          chainloop({}, [
            {
              ...chainloopMaterial('skynet-sbom', 'SBOM_CYCLONEDX_JSON', SBOM),
              content: Buffer.from(SBOM).toString('base64'),
            },
          ]),
        ],
      },
      'signed-name',
      'inline',
    ],
    [
      'a sender who signed only sha512',
      { statements: [provenance([{ name: 'skynet-sbom', digest: { sha512: sha512Of(SBOM) } }])], sent: { x: SBOM } },
      'signed-name',
      'stored',
    ],
    [
      'a sender whose byproduct has no name',
      { statements: [provenance([byproduct(undefined, SBOM)])], sent: { 'skynet-sbom': SBOM } },
      'named-by-sender',
      'stored',
    ],
  ];
  it.each(accepted)('%s is accepted', (_, input, how, bytes) => {
    const decision = judge({ contract: SKYNET, ...input });
    expect(codes(decision).filter((code) => !code.includes('signer.declared'))).toEqual(['passed material.present']);
    expect(decision.materials).toMatchObject([
      {
        name: 'skynet-sbom',
        type: 'SBOM_CYCLONEDX_JSON',
        slot: 'skynet-sbom',
        how,
        bytes,
        facts: { components: 1, mainComponent: { name: 'skynet' } },
      },
    ]);
    expect(decision.verdict).toBe('accepted');
  });

  const rejected: [who: string, input: Omit<Case, 'contract'>, code: string][] = [
    ['provenance alone, as npm publishes it', { statements: [provenance()] }, 'material.missing'],
    [
      'provenance with the SBOM sent but not signed',
      { statements: [provenance()], sent: { 'skynet-sbom': SBOM } },
      'material.missing',
    ],
    [
      'an SBOM named among the inputs of the build',
      {
        statements: [
          statementOf('https://slsa.dev/provenance/v1', {
            buildDefinition: { resolvedDependencies: [byproduct('skynet-sbom', SBOM)] },
          }),
        ],
        sent: { 'skynet-sbom': SBOM },
      },
      'material.missing',
    ],
    [
      'an SBOM named as a material of SLSA v0.2',
      {
        statements: [statementOf('https://slsa.dev/provenance/v0.2', { materials: [byproduct('skynet-sbom', SBOM)] })],
        sent: { 'skynet-sbom': SBOM },
      },
      'material.missing',
    ],
    [
      'a byproduct of another name, sent under the right one',
      { statements: [provenance([byproduct('other', SBOM)])], sent: { 'skynet-sbom': SBOM } },
      'material.missing',
    ],
    [
      'a byproduct without bytes',
      { statements: [provenance([byproduct('skynet-sbom', SBOM)])] },
      'material.bytes-missing',
    ],
    [
      'a byproduct with other bytes',
      { statements: [provenance([byproduct('skynet-sbom', SBOM)])], sent: { 'skynet-sbom': OTHER } },
      'material.bytes-missing',
    ],
    [
      'a byproduct whose two digests disagree',
      {
        statements: [
          provenance([{ name: 'skynet-sbom', digest: { sha256: sha256Of(SBOM), sha512: sha512Of(OTHER) } }]),
        ],
        sent: { 'skynet-sbom': SBOM },
      },
      'material.bytes-missing',
    ],
    [
      'a byproduct with a weak digest',
      {
        statements: [provenance([{ name: 'skynet-sbom', digest: { sha1: 'a'.repeat(40) } }])],
        sent: { 'skynet-sbom': SBOM },
      },
      'material.digest-unsupported',
    ],
    [
      'two byproducts of one name',
      {
        statements: [provenance([byproduct('skynet-sbom', SBOM), byproduct('skynet-sbom', OTHER)])],
        sent: { a: SBOM, b: OTHER },
      },
      'material.ambiguous',
    ],
    ['two unnamed SBOMs', { statements: [cyclonedx(), cyclonedx(OTHER)] }, 'material.ambiguous'],
    [
      'a material signed as another type',
      { statements: [chainloop({}, [chainloopMaterial('skynet-sbom', 'SBOM_SPDX_JSON', SBOM)])], stored: [SBOM] },
      'material.type-differs',
    ],
    [
      'a media type of another type',
      {
        statements: [provenance([byproduct('skynet-sbom', SBOM, { mediaType: 'application/spdx+json' })])],
        stored: [SBOM],
      },
      'material.type-differs',
    ],
    [
      'content that is no SBOM',
      { statements: [provenance([byproduct('skynet-sbom', '{}')])], sent: { a: '{}' } },
      'material.invalid',
    ],
    [
      'an empty file',
      { statements: [provenance([byproduct('skynet-sbom', '')])], sent: { a: '' } },
      'material.invalid',
    ],
  ];
  it.each(rejected)('%s is rejected', (_, input, code) => {
    const decision = judge({ contract: SKYNET, ...input });
    expect(failures(decision)).toEqual([code]);
    expect(decision.verdict).toBe('rejected');
    const check = decision.checks.find((entry) => entry.code === code);
    expect(check).toMatchObject({ subject: 'skynet-sbom', contractLine: 3 });
    expect([check?.expected, check?.found, check?.remedy].every((text) => text !== undefined && text !== '')).toBe(
      true,
    );
  });

  it('names the path of the first problem inside the content', () => {
    const broken = SBOM.replace('"library"', '"libary"');
    const [check] = judge({ contract: SKYNET, statements: [cyclonedx(broken)] }).checks.filter(
      ({ outcome }) => outcome === 'failed',
    );
    expect(check?.message).toContain('at /components/0/type');
  });

  it('warns of a file that nothing signed, and keeps it out of the materials', () => {
    const decision = judge({ contract: SKYNET, statements: [cyclonedx()], sent: { notes: 'hello' } });
    expect(codes(decision)).toContain('warned material.unsigned');
    expect(decision.materials.map(({ name }) => name)).toEqual(['skynet-sbom']);
    expect(decision.verdict).toBe('accepted');
  });
});

describe('slots', () => {
  it('keep a signed name from being taken under another by the sender', () => {
    const contract = slots('type: ARTIFACT, name: a', 'type: ARTIFACT, name: b');
    const decision = judge({ contract, statements: [provenance([], [subject('b', 'bytes')])], sent: { a: 'bytes' } });
    expect(failures(decision)).toEqual(['material.missing']);
    expect(decision.materials).toMatchObject([{ name: 'b', how: 'subject-name' }]);
  });

  it('of one type are not matched by type when two are open', () => {
    const contract = slots('type: SBOM_CYCLONEDX_JSON, name: a', 'type: SBOM_CYCLONEDX_JSON, name: b, optional: true');
    const decision = judge({ contract, statements: [cyclonedx()] });
    expect(failures(decision)).toEqual(['material.missing']);
    expect(decision.checks.find(({ code }) => code === 'material.missing')?.message).toContain(
      '2 materials of that type are open',
    );
    expect(decision.materials).toMatchObject([{ how: 'extra', slot: null, type: 'SBOM_CYCLONEDX_JSON' }]);
  });

  it('are matched by type once the other of that type has its name', () => {
    const contract = slots('type: SBOM_CYCLONEDX_JSON, name: a', 'type: SBOM_CYCLONEDX_JSON, name: b');
    const decision = judge({
      contract,
      statements: [provenance([byproduct('b', OTHER)]), cyclonedx()],
      stored: [OTHER],
    });
    expect(decision.materials.map(({ name, how }) => [name, how])).toEqual([
      ['a', 'matched-by-type'],
      ['b', 'signed-name'],
    ]);
  });

  it('that any bytes could fill are never matched by type', () => {
    const decision = judge({
      contract: slots('type: EVIDENCE, name: tests'),
      statements: [
        statementOf('https://in-toto.io/attestation/test-result/v0.1', { result: 'PASSED', configuration: [] }),
      ],
    });
    expect(failures(decision)).toEqual(['material.missing']);
    expect(decision.materials).toMatchObject([{ type: 'INTOTO_TEST_RESULT', how: 'extra' }]);
  });

  it('filled by one signed descriptor leave it to nobody else', () => {
    const contract = slots('type: ARTIFACT, name: a', 'type: ARTIFACT, name: b');
    const decision = judge({
      contract,
      statements: [provenance([], [subject('app', 'bytes')])],
      sent: { a: 'bytes', b: 'bytes' },
    });
    expect(failures(decision)).toEqual(['material.missing']);
  });

  it('take the same digest signed twice as one', () => {
    const decision = judge({
      contract: SKYNET,
      statements: [
        provenance([byproduct('skynet-sbom', SBOM)]),
        provenance([byproduct('skynet-sbom', SBOM), byproduct('x', 'x')]),
      ],
      stored: [SBOM],
    });
    expect(failures(decision)).toEqual([]);
    expect(decision.materials.map(({ name }) => name)).toEqual(['skynet-sbom', 'x']);
  });

  it('see that a sha256 and a sha512 are of the same bytes', () => {
    const both = [{ name: 'skynet-sbom', digest: { sha512: sha512Of(SBOM) } }, byproduct('skynet-sbom', SBOM)];
    expect(failures(judge({ contract: SKYNET, statements: [provenance(both)], sent: { a: SBOM } }))).toEqual([]);
  });

  it.each([['STRING'], ['CONTAINER_IMAGE']])('of type %s need no bytes', (type) => {
    const decision = judge({
      contract: slots(`type: ${type}, name: a`),
      statements: [provenance([byproduct('a', 'x')])],
    });
    expect(decision).toMatchObject({ verdict: 'accepted', materials: [{ bytes: 'absent', size: null }] });
  });

  it('with skip_upload need no bytes, and with output a subject', () => {
    const contract = slots('type: ARTIFACT, name: a, skip_upload: true, output: true');
    expect(failures(judge({ contract, statements: [provenance([byproduct('a', 'x')])] }))).toEqual([
      'material.not-output',
    ]);
    expect(
      failures(judge({ contract, statements: [provenance([byproduct('a', 'x')], [APP, subject('out', 'x')])] })),
    ).toEqual([]);
  });

  it('of a group need one of them', () => {
    const contract = slots(
      'type: SBOM_CYCLONEDX_JSON, name: cdx, group: sbom',
      'type: SBOM_SPDX_JSON, name: spdx, group: sbom',
    );
    expect(failures(judge({ contract, statements: [cyclonedx()] }))).toEqual([]);
    const missing = judge({ contract, statements: [provenance()] });
    expect(failures(missing)).toEqual(['group.missing']);
    expect(missing.checks.find(({ code }) => code === 'group.missing')).toMatchObject({
      subject: 'sbom',
      contractLine: 3,
    });
  });

  it('that are optional may stay empty, but not hold what is invalid', () => {
    const contract = slots('type: SARIF, name: scan, optional: true');
    expect(codes(judge({ contract, statements: [provenance()] }))).toContain('skipped material.absent');
    expect(failures(judge({ contract, statements: [provenance([byproduct('scan', '{}')])], stored: ['{}'] }))).toEqual([
      'material.invalid',
    ]);
  });

  it('that are optional and cannot be told apart count as missing, and it is said', () => {
    const type = 'SBOM_CYCLONEDX_JSON';
    const contract = slots(`type: ${type}, name: one, optional: true`, `type: ${type}, name: two, optional: true`);
    const judged = judge({ contract, statements: [cyclonedx()] });
    expect(failures(judged)).toEqual([]);
    expect(codes(judged).filter((code) => code === 'warned material.ambiguous')).toHaveLength(2);
  });
});

describe('materials that the contract does not ask for', () => {
  const NONE = 'schemaVersion: v1\n';
  it('are kept when they are signed and their bytes or digests are known', () => {
    const decision = judge({
      contract: NONE,
      statements: [
        provenance(
          [byproduct('log', 'lines'), byproduct('sbom', SBOM, { mediaType: 'application/vnd.cyclonedx+json' })],
          [APP, subject('tool', 'binary')],
        ),
        cyclonedx(OTHER),
      ],
      stored: [SBOM, 'lines'],
      sent: { whatever: 'binary' },
    });
    expect(decision.materials.map(({ name, type, how, bytes }) => [name, type, how, bytes])).toEqual([
      ['log', 'ARTIFACT', 'extra', 'stored'],
      ['sbom', 'SBOM_CYCLONEDX_JSON', 'extra', 'stored'],
      ['sbom-cyclonedx-json', 'SBOM_CYCLONEDX_JSON', 'extra', 'inline'],
      ['tool', 'ARTIFACT', 'extra', 'stored'],
    ]);
    expect(decision.verdict).toBe('accepted');
  });

  it('are recorded as plain bytes when they are not what they say', () => {
    const decision = judge({
      contract: NONE,
      statements: [statementOf('https://cyclonedx.org/bom', { bomFormat: 'CycloneDX' })],
    });
    expect(decision.materials).toMatchObject([{ type: 'ARTIFACT', how: 'extra' }]);
    expect(codes(decision)).toContain('warned material.invalid');
    expect(decision.verdict).toBe('accepted');
  });

  it('have names of their own', () => {
    const decision = judge({
      contract: SKYNET,
      statements: [cyclonedx(), provenance([byproduct('x', '1'), byproduct('x', '2')])],
    });
    expect(decision.materials.map(({ name }) => name)).toEqual(['skynet-sbom', 'x', 'x-2']);
  });

  it('are limited', () => {
    const many = Array.from({ length: 501 }, (_, i) => byproduct(`m${i}`, `${i}`));
    const decision = judge({ contract: NONE, statements: [provenance(many)] });
    expect(failures(decision)).toEqual(['material.too-many']);
    expect(decision.materials.length).toBe(500);
  });
});

describe('what Chainloop’s predicate claims', () => {
  const CONTRACT = `schemaVersion: v1
envAllowList: [DEPLOY_ENV]
annotations: [{ name: tier, value: critical }, { name: channel }]
materials:
  - { type: STRING, name: ref, annotations: [{ name: component, value: api }, { name: asset }] }
`;
  const ref = chainloopMaterial('ref', 'STRING', 'main', { component: 'api', asset: 'a1' });
  const good = { env: { DEPLOY_ENV: 'prod' }, annotations: { tier: 'critical', channel: 'beta' } };

  it('is claimed, never verified', () => {
    const decision = judge({ contract: CONTRACT, statements: [chainloop(good, [ref])] });
    expect(codes(decision)).toEqual([
      'passed signer.declared',
      'passed material.present',
      'claimed annotation.claimed',
      'claimed annotation.claimed',
      'claimed env.claimed',
      'claimed annotation.claimed',
      'claimed annotation.claimed',
    ]);
    expect(decision).toMatchObject({
      verdict: 'accepted',
      annotations: { tier: 'critical', channel: 'beta' },
      materials: [{ annotations: { component: 'api', asset: 'a1' } }],
    });
  });

  it.each<[string, Record<string, unknown>[], string[]]>([
    [
      'another value than the contract fixes',
      [chainloop({ ...good, annotations: { tier: 'low', channel: 'x' } }, [ref])],
      ['annotation.differs'],
    ],
    [
      'an open annotation left empty',
      [chainloop({ ...good, annotations: { tier: 'critical', channel: '' } }, [ref])],
      ['annotation.missing'],
    ],
    ['a missing variable', [chainloop({ ...good, env: {} }, [ref])], ['env.missing']],
    [
      'a missing annotation of a material',
      [chainloop(good, [chainloopMaterial('ref', 'STRING', 'main', { component: 'api' })])],
      ['annotation.missing'],
    ],
    [
      'no Chainloop predicate at all',
      [provenance([byproduct('ref', 'main')])],
      ['annotation.missing', 'annotation.missing', 'env.missing', 'annotation.missing', 'annotation.missing'],
    ],
  ])('fails for %s', (_, statements, expected) => {
    expect(failures(judge({ contract: CONTRACT, statements }))).toEqual(expected);
  });

  it('about another pipeline is said', () => {
    const decision = judge({
      contract: 'schemaVersion: v1',
      statements: [chainloop({ metadata: { project: 'payments', name: 'build' } })],
    });
    expect(codes(decision)).toContain('warned pipeline.differs');
  });
});

describe('a decision', () => {
  it('is the same each time', () => {
    const input: Case = {
      contract: SKYNET,
      statements: [provenance([byproduct('a', '1')]), cyclonedx()],
      sent: { z: 'z', y: 'y' },
      signers: [CERTIFICATE],
    };
    expect(judge(input)).toEqual(judge(input));
  });

  it('can be kept as JSON', () => {
    const decision = judge({ contract: SKYNET, statements: [cyclonedx()] });
    expect(JSON.parse(JSON.stringify(decision))).toEqual(decision);
  });
});
