import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { sha256Of } from '../support/envelopes.ts';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { createDependencyTrackStandIn } from '../support/receivers/dependency-track.ts';
import { createWebhookReceiver } from '../support/receivers/webhook.ts';
import { aBuild, anAttestation, createTenant, makeSbom, SBOM_CONTRACT, type Tenant } from '../support/tenant.ts';
import { signedVerdict } from '../support/verdict-evidence.ts';
import { aWebhookSecret } from '../support/webhook-secret.ts';

let house: Installation;
const receivers: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'));
});
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});
afterAll(() => house?.dispose());

async function aWebhook(tenant: Tenant) {
  const secret = aWebhookSecret();
  const receiver = await createWebhookReceiver(secret);
  receivers.push(receiver);
  await tenant.webhook(receiver.url, secret);
  return receiver;
}

/** Nothing more can come of a judgement whose workflow has ended. */
const untilDone = (tenant: Tenant, id: string, n = 1) =>
  eventually(async () =>
    expect(await tenant.workflow(id, n)).toMatchObject({ status: 'COMPLETED', AttState: ['done'] }),
  );

describe('one POST', () => {
  it('is accepted, delivered to every receiver and confirmed, once, under the idempotency key of its delivery', async () => {
    const tenant = await createTenant(house, { contract: SBOM_CONTRACT });
    const hook = await aWebhook(tenant);
    const track = await createDependencyTrackStandIn();
    receivers.push(track);
    const frontendUrl = 'https://dtrack.example.com';
    await tenant.dependencyTrack(track.url, { value: track.settings.apiKey }, { config: { frontendUrl } });

    const answer = await tenant.send(aBuild(tenant.key));
    expect(answer).toMatchObject({ status: 200, body: { verdict: 'accepted', judgement: 1, duplicateOf: null } });
    expect(answer.body.materials).toMatchObject([{ name: 'sbom', type: 'SBOM_CYCLONEDX_JSON', bytes: 'stored' }]);
    expect(answer.body.deliveries).toHaveLength(2);
    await untilDone(tenant, answer.body.id);

    const deliveries = await tenant.deliveries();
    expect(deliveries.map(({ state }) => state)).toEqual(['delivered', 'delivered']);
    const toHook = deliveries.find(({ destination }) => destination.includes('hook'));
    expect([...hook.ledger.keys()]).toEqual([toHook?.idempotencyKey]);
    expect(hook.calls).toHaveLength(1);

    const toTrack = deliveries.find(({ destination }) => destination.includes('dtrack'));
    expect(track.ledger).toMatchObject([{ status: 200, project: tenant.project, isRepeat: false }]);
    const { projectUuid } = track.ledger[0] ?? {};
    expect(toTrack).toMatchObject({ externalId: projectUuid, url: `${frontendUrl}/projects/${projectUuid}` });
    const attempts = await tenant.attempts(toTrack?.id ?? '');
    expect(attempts.map(({ phase }) => phase)).toEqual([...attempts.slice(1).map(() => 'confirm'), 'deliver']);
    expect(attempts.at(-1)).toMatchObject({ outcome: 'accepted', status: 200 });
    expect(attempts[0]).toMatchObject({ outcome: 'delivered' });

    const { subject, predicate } = await signedVerdict(house.http, answer.body.id);
    expect(subject).toEqual([{ name: 'app.tar.gz', digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } }]);
    expect(predicate).toMatchObject({
      verificationResult: 'PASSED',
      resourceUri: expect.stringContaining(`/v1/pipelines/${tenant.project}/`),
      verifiedLevels: ['SLSA_BUILD_LEVEL_UNEVALUATED', 'WAYBILL_SIGNATURE_VERIFIED', 'WAYBILL_CONTRACT_SATISFIED'],
    });
  });

  it('vouches for what all statements are about, and for nothing that only one of them names', async () => {
    const tenant = await createTenant(house, { contract: SBOM_CONTRACT });
    const app = { name: 'app.tar.gz', digest: { sha256: sha256Of(`app of ${tenant.project}`) } };
    const smuggled = { name: 'other.tar.gz', digest: { sha256: sha256Of(`other of ${tenant.project}`) } };
    const provenance = anAttestation(tenant.key, { subject: [app] });
    const predicateType = 'https://cyclonedx.org/bom';
    const sbom = anAttestation(tenant.key, { subject: [app, smuggled], predicateType, predicate: makeSbom() });
    const answer = await tenant.send(Buffer.concat([provenance, Buffer.from('\n'), sbom]));
    expect(answer).toMatchObject({ status: 200, body: { verdict: 'accepted' } });
    const { subject, predicate } = await signedVerdict(house.http, answer.body.id);
    expect(predicate).toMatchObject({ verificationResult: 'PASSED' });
    expect(subject).toEqual([app, app]);
  });

  it('is held against the rules of the contract, and what is excused is accepted with a warning', async () => {
    const rules = `${SBOM_CONTRACT}rules:
  - { name: about-one-thing, expr: "statement.subject.size() == 1" }
  - { name: large, expr: "materials.exists(m, m.slot == 'sbom' && m.size > 1000000000)" }
`;
    const strict = await createTenant(house, { contract: rules });
    const refused = await strict.send(aBuild(strict.key));
    expect(refused).toMatchObject({ status: 422, body: { verdict: 'rejected' } });
    expect(refused.body.checks.filter(({ code }) => code.startsWith('rule.'))).toMatchObject([
      { code: 'rule.passed', outcome: 'passed', subject: 'about-one-thing' },
      { code: 'rule.failed', outcome: 'failed', subject: 'large', found: 'false' },
    ]);

    const exception =
      'exceptions: [{ rule: large, until: 2999-12-31, reason: builds are small yet, approvedBy: alice }]';
    const lenient = await createTenant(house, { contract: `${rules}${exception}\n` });
    const accepted = await lenient.send(aBuild(lenient.key));
    expect(accepted).toMatchObject({ status: 200, body: { verdict: 'accepted' } });
    expect(accepted.body.checks).toContainEqual(
      expect.objectContaining({
        code: 'rule.failed',
        outcome: 'warned',
        message: expect.stringContaining('(alice): builds are small yet'),
      }),
    );
  });

  it('is rejected with the checks that failed, and nothing is delivered', async () => {
    const tenant = await createTenant(house, { contract: SBOM_CONTRACT });
    const hook = await aWebhook(tenant);
    const { status, headers, body } = await tenant.send(anAttestation(tenant.key));
    expect(status).toBe(422);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ code: 'attestation.rejected', verdict: 'rejected', deliveries: [] });
    const failed = body.checks.filter(({ outcome }) => outcome === 'failed');
    expect(failed).toMatchObject([
      { code: 'material.missing', subject: 'sbom', message: expect.stringContaining('sbom') },
    ]);
    await untilDone(tenant, body.id);
    expect(await tenant.deliveries()).toEqual([]);
    expect(hook.calls).toEqual([]);
    const { predicate } = await signedVerdict(house.http, body.id);
    expect(predicate).toMatchObject({ verificationResult: 'FAILED', verifiedLevels: ['FAILED'] });
  });

  it('is judged anew once the missing key was added: the same bytes, the same id, judgement 2', async () => {
    const tenant = await createTenant(house, { hasKey: false });
    const hook = await aWebhook(tenant);
    const bytes = anAttestation(tenant.key);
    const first = await tenant.send(bytes);
    expect(first).toMatchObject({ status: 422, body: { judgement: 1 } });
    await tenant.registerKey();
    const second = await tenant.send(bytes);
    expect(second).toMatchObject({ status: 200, body: { id: first.body.id, verdict: 'accepted', judgement: 2 } });
    await untilDone(tenant, first.body.id, 2);
    expect(hook.ledger.size).toBe(1);
    expect(await tenant.send(bytes)).toMatchObject({ status: 200, body: { id: first.body.id, judgement: 2 } });
    expect(await tenant.deliveries()).toHaveLength(1);
  });

  it('with a statement that came before in another envelope is a duplicate, and nothing is delivered twice', async () => {
    const tenant = await createTenant(house);
    const hook = await aWebhook(tenant);
    const envelope = anAttestation(tenant.key);
    const first = await tenant.send(envelope);
    const again = Buffer.from(JSON.stringify(JSON.parse(envelope.toString()), null, 2));
    const second = await tenant.send(again);
    expect(second).toMatchObject({
      status: 200,
      body: { verdict: 'accepted', duplicateOf: first.body.id, deliveries: [] },
    });
    expect(second.body.id).not.toBe(first.body.id);
    expect(second.body.statementDigest).toBe(first.body.statementDigest);
    await untilDone(tenant, first.body.id);
    await untilDone(tenant, second.body.id);
    expect(hook.calls).toHaveLength(1);
    expect(await tenant.deliveries()).toHaveLength(1);
  });

  it('sent by eight at once is one attestation, judged once and delivered once', async () => {
    const tenant = await createTenant(house);
    const hook = await aWebhook(tenant);
    const bytes = anAttestation(tenant.key);
    const answers = await Promise.all(Array.from({ length: 8 }, () => tenant.send(bytes)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => `${body.id} ${body.judgement}`)).size).toBe(1);
    await untilDone(tenant, answers[0]?.body.id ?? '');
    expect(hook.calls).toHaveLength(1);
  });
});
