import { randomBytes } from 'node:crypto';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { filesBelow, findIn, formsOf, type Place, unwrapped } from '../support/canary.ts';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { createDependencyTrackStandIn } from '../support/receivers/dependency-track.ts';
import { createFaultProxy } from '../support/receivers/fault-proxy.ts';
import { createWebhookReceiver } from '../support/receivers/webhook.ts';
import { anSbomAttestation, createTenant } from '../support/tenant.ts';
import { aWebhookSecret } from '../support/webhook-secret.ts';

const unique = () => randomBytes(6).toString('hex');
/** What is base64 of this is a signing secret: the canary must not stand there decoded either. */
const inSealed = `secret-canary-sealed-${unique()}`;
const sealed = `whsec_${Buffer.from(inSealed.padEnd(48, '-')).toString('base64')}`;
const inUrl = `secret-canary-url-${unique()}`;
const fromEnv = `secret-canary-env-${unique()}/+&=`;
const refused = `secret-canary-refused-${unique()}`;
const canaries = [sealed, inSealed, inUrl, fromEnv, refused];

let house: Installation;
beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'), { env: { WAYBILL_SECRET_CANARY: fromEnv } });
});
afterAll(() => house?.dispose());

/** Everything that the API and its page answer to somebody who may see all. */
async function askEverything(project: string): Promise<void> {
  const { http } = house;
  const { paths } = (await http.get<{ paths: Record<string, unknown> }>('/openapi.json')).body;
  for (const path of [...Object.keys(paths), '/metrics', '/readyz']) if (!path.includes('{')) await http.get(path);
  const deliveries = (
    await http.get<{ items: { id: string; attestationId: string; destination: string }[] }>('/v1/deliveries')
  ).body.items;
  for (const { id, attestationId, destination } of deliveries) {
    for (const path of [`deliveries/${id}`, `deliveries/${id}/attempts`, `attestations/${attestationId}`])
      await http.get(`/v1/${path}`);
    for (const path of [`destinations/${destination}`, `attachments/${destination}`]) await http.get(`/v1/${path}`);
  }
  await http.get(`/v1/contracts/${project}`);

  const origin = new URL(house.api.said().url ?? '').origin;
  const form = { origin, 'content-type': 'application/x-www-form-urlencoded' };
  const token = new URLSearchParams({ token: house.token, to: '/' }).toString();
  const signedIn = await http.post('/session', token, form);
  expect(signedIn.status).toBe(303);
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const pages = deliveries.flatMap(({ id, attestationId }) => [`/deliveries/${id}`, `/attestations/${attestationId}`]);
  for (const path of ['/', '/deliveries', '/attestations', ...pages])
    expect(await http.get(path, { cookie })).toMatchObject({ status: 200 });
}

async function histories(): Promise<Place[]> {
  const places: Place[] = [];
  for await (const { workflowId, runId } of house.client.workflow.list()) {
    const handle = house.client.workflow.getHandle(workflowId, runId);
    places.push(unwrapped(`history of ${workflowId}`, historyToJSON(await handle.fetchHistory())));
    const described = await handle.describe();
    places.push(unwrapped(`pending activities of ${workflowId}`, described.raw.pendingActivities ?? []));
  }
  return places;
}

describe('a secret', () => {
  it('stands nowhere but where it is sealed, even when every receiver sends it back', async () => {
    const tenant = await createTenant(house);
    const secret = aWebhookSecret();
    const hook = await createWebhookReceiver(secret);
    const track = await createDependencyTrackStandIn({ apiKey: fromEnv, importMs: 50 });
    const [toHook, toTrack] = await Promise.all([createFaultProxy(hook.url), createFaultProxy(track.url)]);
    onTestFinished(async () => void (await Promise.all([toHook, toTrack, hook, track].map((it) => it.close()))));
    const echo = (status: number) => {
      toHook.always = { kind: 'echo', status };
      toTrack.always = { kind: 'echo', status };
    };

    await tenant.webhook(toHook.url, sealed);
    const byUrl = `${tenant.project}-by-url`;
    const url = `${toHook.url}/${inUrl}?token=${inUrl}`;
    const spec = { integration: 'webhook', allow: ['127.0.0.0/8'] };
    await house.http.apply(`/v1/destinations/${byUrl}`, {
      ...spec,
      secrets: { url: { value: url }, signingSecret: { value: secret } },
    });
    await house.http.apply(`/v1/attachments/${byUrl}`, { destination: byUrl, pipelines: [`${tenant.project}/*`] });
    const tracked = await tenant.dependencyTrack(toTrack.url, 'env:WAYBILL_SECRET_CANARY');
    const badFormat = { ...spec, config: { url: hook.url }, secrets: { signingSecret: { value: refused } } };
    expect(await house.http.put('/v1/destinations/never', badFormat)).toMatchObject({ status: 422 });

    const retryAll = async () => {
      for (const { id } of await tenant.deliveries('&open=true')) await house.http.post(`/v1/deliveries/${id}/retry`);
    };
    const untilStates = (...states: string[]) =>
      eventually(async () =>
        expect((await tenant.deliveries()).map(({ state }) => state).sort()).toEqual(states.sort()),
      );

    echo(500);
    await tenant.deliver(anSbomAttestation(tenant.key));
    await untilStates('waiting', 'waiting', 'waiting');
    toTrack.matches = ({ method }) => method === 'POST';
    echo(422);
    await retryAll();
    await untilStates('blocked', 'blocked', 'blocked');
    toTrack.matches = () => true;
    echo(401);
    await retryAll();
    await eventually(async () =>
      expect(await tenant.destination(tracked)).toMatchObject({ holds: [{ kind: 'broken' }] }),
    );
    for (const { destination } of await tenant.deliveries()) {
      const tested = await house.http.post(`/v1/destinations/${destination}/test`);
      expect(tested).toMatchObject({ status: 200, body: { ok: false } });
    }
    await askEverything(tenant.project);

    const places = () => [...filesBelow(house.dataDir), ...filesBelow(house.temporal.dataDir)];
    const answers = { name: 'answers of the API', bytes: Buffer.from(house.http.heard.join('\n')) };
    const found = [...places(), ...(await histories()), answers];
    // The search finds what is there: the name of the destination, and what was put in place of the secrets.
    const namesFound = findIn(found, [tracked]).join('\n');
    for (const place of ['waybill.db', 'api.log', 'worker-1.log', 'temporal-', 'history of attestation/', 'answers'])
      expect(namesFound).toContain(place);
    expect(findIn([answers], ['[secret]'])).not.toEqual([]);
    expect(findIn(found, canaries.flatMap(formsOf))).toEqual([]);

    toHook.always = undefined;
    toTrack.always = undefined;
    await house.http.post(`/v1/destinations/${tracked}/test`);
    expect(await tenant.destination(tracked)).toMatchObject({ holds: [] });
    await eventually(async () => expect(track.ledger).toMatchObject([{ status: 200 }]));
    expect(findIn(places(), canaries.flatMap(formsOf))).toEqual([]);
  });
});
