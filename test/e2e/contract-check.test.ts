import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Installation, startInstallation } from '../support/installation.ts';
import { aBuild, anAttestation, createTenant, SBOM_CONTRACT } from '../support/tenant.ts';

let house: Installation;
beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'));
});
afterAll(() => house?.dispose());

it('a contract is held against what was judged, and the answer is what judging with it then says', async () => {
  const tenant = await createTenant(house, { contract: SBOM_CONTRACT });
  const { project } = tenant;
  const accepted = (await tenant.send(aBuild(tenant.key))).body;
  const rejected = (await tenant.send(anAttestation(tenant.key))).body;
  const unsigned = { ...JSON.parse(anAttestation(tenant.key).toString()), signatures: [{ sig: 'AAAA' }] };
  const forged = (await tenant.send(Buffer.from(JSON.stringify(unsigned)))).body;
  expect([accepted, rejected, forged].map(({ verdict }) => verdict)).toEqual(['accepted', 'rejected', 'rejected']);
  const yaml = { 'content-type': 'application/yaml' };
  const ask = async (contract: string, query = '') => {
    const answer = await house.http.post(`/v1/contracts/${project}/check${query}`, contract, yaml);
    expect([answer.status, answer.text]).toEqual([200, answer.text]);
    return answer.body;
  };

  expect(await ask(SBOM_CONTRACT)).toMatchObject({ judged: 3, same: 3, differences: [], unclear: [] });

  const stricter = `${SBOM_CONTRACT}  - { type: JUNIT_XML, name: tests }\n`;
  expect(await ask(stricter)).toMatchObject({
    same: 2,
    wouldReject: 1,
    wouldAccept: 0,
    differences: [
      {
        attestation: accepted.id,
        before: 'accepted',
        after: 'rejected',
        now: [{ code: 'material.missing', subject: 'tests', contractLine: 4 }],
        noLonger: [],
      },
    ],
  });

  const announced = `${SBOM_CONTRACT}  - { type: JUNIT_XML, name: tests, enforceFrom: "2999-01-01" }\n`;
  expect(await ask(announced, `?limit=3&pipeline=${project}/release`)).toMatchObject({
    same: 2,
    wouldWarn: 1,
    differences: [
      { attestation: accepted.id, after: 'accepted', now: [{ code: 'material.missing', outcome: 'warned' }] },
    ],
  });

  const looser = 'schemaVersion: v1\nrules:\n  - { name: one, expr: "statement.subject.size() == 1" }\n';
  const answer = await ask(looser);
  expect(answer).toMatchObject({
    wouldAccept: 1,
    same: 2,
    differences: [{ attestation: rejected.id, after: 'accepted', now: [], noLonger: [{ code: 'material.missing' }] }],
  });

  // What was asked changed nothing; applied, the rejected one is judged as foretold.
  expect(await tenant.attestation(rejected.id)).toMatchObject({ verdict: 'rejected', judgement: 1 });
  await house.http.apply(`/v1/contracts/${project}`, looser, yaml);
  const again = await house.http.post<{ verdict: string }>(
    `/v1/attestations/${rejected.id}/judge`,
    { reason: 'a looser contract' },
    {},
  );
  expect(again.status).toBe(202);
  await expect.poll(async () => (await tenant.attestation(rejected.id)).verdict, { timeout: 20_000 }).toBe('accepted');
  expect(await ask(looser, '?limit=1')).toMatchObject({ judged: 1, truncated: true });
});
