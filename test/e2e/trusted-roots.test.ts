import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import {
  bare,
  base64,
  hoursLater,
  issue,
  makeTimestamping,
  signStatement,
} from '../attestation/verify/fake-authority.ts';
import { makeFakeSigstore } from '../attestation/verify/fake-sigstore.ts';
import { run } from '../cli/world.ts';
import { makeStatement, sha256Of, toBytes } from '../support/envelopes.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { makeKey } from '../support/keys.ts';
import { type AttestationView, createTenant, type Tenant } from '../support/tenant.ts';

let house: Installation;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-roots-'));
  house = await startInstallation(inject('temporalCli'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await house?.dispose();
});

const authority = await issue(undefined, { isCa: true, subject: 'CN=Acme CA' });
/** A minute on: when this starts, its own certificates are not valid yet. */
const stamping = await makeTimestamping(hoursLater(1 / 60));
const sigstore = await makeFakeSigstore('private');
const SIGSTORE_ISSUER = 'https://issuer.example.com';
const SAN = { x509: 'https://ci.acme.example/release', sigstore: 'https://ci.example.com/job' };

let made = 0;
const aStatement = () => {
  made += 1;
  return makeStatement({ subject: [{ name: 'app.tar.gz', digest: { sha256: sha256Of(`app ${made}`) } }] });
};

/** As Witness writes it: signed by a certificate of the customer's own authority, at a time that his other one proves. */
const signedByOwnAuthority = async (): Promise<Buffer> => {
  const key = makeKey('ecdsa-p256-sha256');
  const leaf = await issue(authority, { publicKey: key.publicKey });
  const { sig, ...envelope } = signStatement(key, aStatement());
  const timestamps = [{ type: 'tsp', data: base64(bare(await stamping.stamp(sig, true))) }];
  return toBytes({ ...envelope, signatures: [{ sig: base64(sig), certificate: base64(leaf.pem), timestamps }] });
};
const signedByOwnSigstore = async (): Promise<Buffer> =>
  toBytes(await sigstore.makeBundle({ statement: aStatement() }));

const resource = (kind: string, name: string, spec: object) => ({
  apiVersion: 'waybill.dev/v1',
  kind,
  metadata: { name },
  spec,
});
const rootsOf = ({ project }: Tenant) => [
  resource('TrustedRoot', `${project}-ca`, {
    kind: 'x509',
    certificates: authority.pem,
    timestampAuthorities: `-----BEGIN CERTIFICATE-----\n${stamping.root}\n-----END CERTIFICATE-----\n`,
    projects: [project],
  }),
  resource('TrustedRoot', `${project}-sigstore`, {
    kind: 'sigstore',
    trustedRoot: TrustedRoot.toJSON(sigstore.profile.trustedRoot),
    issuers: [SIGSTORE_ISSUER],
    projects: [`${project}/rel*`],
  }),
];
const signersOf = (roots: Tenant) => [
  { issuer: `x509:${roots.project}-ca`, san: SAN.x509 },
  { issuer: SIGSTORE_ISSUER, san: SAN.sigstore },
];

/** `waybill apply`, as SecOps runs it. */
const apply = async (...resources: object[]) => {
  const file = join(folder, 'resources.yaml');
  writeFileSync(file, resources.map((one) => stringify(one)).join('---\n'));
  const env = { WAYBILL_URL: house.api.said().url ?? '', WAYBILL_TOKEN: house.token };
  const ran = await run(['apply', '-f', file, '--json'], { env });
  if (ran.exit !== 0) throw new Error(ran.err);
  return (JSON.parse(ran.out) as { items: { kind: string; outcome: string }[] }).items;
};
const declare = (tenant: Tenant, roots = tenant) =>
  apply(resource('Contract', tenant.project, { signers: signersOf(roots) }));
/** What is said of a certificate that no root knows depends on which of them came closest. */
const UNKNOWN = expect.stringMatching(/^bundle\./);
const failedCodes = ({ body }: { body: AttestationView }) =>
  body.checks.filter(({ outcome }) => outcome === 'failed').map(({ code }) => code);

describe.each([
  ["a customer's own authority", 'x509', 'ca', signedByOwnAuthority],
  ['a private instance of Sigstore', 'sigstore', 'sigstore', signedByOwnSigstore],
] as const)('%s', (_, kind, suffix, sign) => {
  it('counts from its registration on: what was rejected before is judged anew', async () => {
    const tenant = await createTenant(house, { hasKey: false });
    await declare(tenant);
    const bytes = await sign();
    const before = await tenant.send(bytes);
    expect(before).toMatchObject({ status: 422, body: { verdict: 'rejected', judgement: 1 } });
    expect(failedCodes(before)).toEqual([UNKNOWN]);

    expect((await apply(...rootsOf(tenant))).map(({ outcome }) => outcome)).toEqual(['created', 'created']);
    const after = await tenant.send(bytes);
    expect(after).toMatchObject({
      status: 200,
      body: { id: before.body.id, verdict: 'accepted', judgement: 2 },
    });
    const { verification } = await tenant.attestation(after.body.id);
    expect(verification).toMatchObject([
      {
        result: 'verified',
        signers: [{ kind: 'certificate', profile: `${tenant.project}-${suffix}`, san: SAN[kind] }],
        provenAt: expect.any(String),
      },
    ]);
  });

  it('counts no longer once it is deleted; verdicts that were given stand', async () => {
    const tenant = await createTenant(house, { hasKey: false });
    await declare(tenant);
    await apply(...rootsOf(tenant));
    const bytes = await sign();
    const first = await tenant.send(bytes);
    expect(first.status).toBe(200);
    expect((await house.http.delete(`/v1/trust/roots/${tenant.project}-${suffix}`)).status).toBe(204);
    const later = await tenant.send(await sign());
    expect(later).toMatchObject({ status: 422, body: { verdict: 'rejected' } });
    expect(failedCodes(later)).toEqual([UNKNOWN]);
    expect(await tenant.send(bytes)).toMatchObject({ status: 200, body: { id: first.body.id, judgement: 1 } });
  });

  it('counts for nobody whom the contract does not name, nor beyond its projects', async () => {
    const tenant = await createTenant(house, { hasKey: false });
    await apply(...rootsOf(tenant));
    const undeclared = await tenant.send(await sign());
    expect(undeclared.status).toBe(422);
    expect(failedCodes(undeclared)).toEqual(['signer.undeclared']);

    const stranger = await createTenant(house, { hasKey: false });
    await declare(stranger, tenant);
    const beyond = await stranger.send(await sign());
    expect(beyond.status).toBe(422);
    expect(failedCodes(beyond)).toEqual([UNKNOWN]);
  });
});

describe('a private instance of Sigstore that claims to speak for GitHub', () => {
  const issuer = 'https://token.actions.githubusercontent.com';
  const sign = async () => toBytes(await sigstore.makeBundle({ statement: aStatement(), extensions: { 8: issuer } }));
  const send = async (signer: object, issuers: string[]) => {
    const tenant = await createTenant(house, { hasKey: false });
    const trustedRoot = TrustedRoot.toJSON(sigstore.profile.trustedRoot);
    await apply(
      resource('TrustedRoot', `${tenant.project}-sigstore`, { kind: 'sigstore', trustedRoot, issuers }),
      resource('Contract', tenant.project, { signers: [{ issuer, san: SAN.sigstore, ...signer }] }),
    );
    const answer = await tenant.send(await sign());
    // No other test is to meet a root that counts in every project.
    await house.http.delete(`/v1/trust/roots/${tenant.project}-sigstore`);
    return answer;
  };

  it('does not where its root names other issuers', async () => {
    const answer = await send({}, [SIGSTORE_ISSUER]);
    expect(answer.status).toBe(422);
    expect(failedCodes(answer)).toEqual([UNKNOWN]);
  });

  it('does not where the contract names another profile that must have vouched', async () => {
    const answer = await send({ profile: 'sigstore-public-good' }, [issuer]);
    expect(answer.status).toBe(422);
    expect(failedCodes(answer)).toEqual(['signer.undeclared']);
  });

  it('does where it was registered for that issuer, and the contract does not mind', async () => {
    expect(await send({}, [issuer])).toMatchObject({ status: 200, body: { verdict: 'accepted' } });
  });
});
