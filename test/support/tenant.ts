import { randomBytes, randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Attestation } from '../../api/attestations/schema.ts';
import type { Attempt, Cause, Delivery } from '../../api/deliveries/schema.ts';
import type { Destination } from '../../api/destinations/schema.ts';
import { makeEnvelope, makeStatement, sha256Of, toBytes } from './envelopes.ts';
import type { Answer } from './http-client.ts';
import type { Installation } from './installation.ts';
import { makeKey, type TestKey } from './keys.ts';

export type AttestationView = z.output<typeof Attestation>;
export type DeliveryView = z.output<typeof Delivery>;
export type AttemptView = z.output<typeof Attempt>;
export type CauseView = z.output<typeof Cause>;
export type DestinationView = z.output<typeof Destination>;
type Body = Uint8Array | FormData;

/** What a destination may be given besides its address. */
type DestinationOptions = { stuckAfter?: string; timeout?: string; config?: object; options?: object };

const LOOPBACK = ['127.0.0.0/8'];
const CONTRACT = 'schemaVersion: v1\n';
export const SBOM_CONTRACT = `${CONTRACT}materials:\n  - { type: SBOM_CYCLONEDX_JSON, name: sbom }\n`;

/** A project of its own within an installation: tests that share processes share nothing else. */
export type Tenant = Awaited<ReturnType<typeof createTenant>>;

export async function createTenant(
  { http, client }: Installation,
  { contract = CONTRACT, hasKey = true }: { contract?: string; hasKey?: boolean } = {},
) {
  const project = `t-${randomUUID().slice(0, 8)}`;
  const key: TestKey = makeKey('ed25519', { name: `${project}-key`, projects: [project] });
  const registerKey = () => http.apply(`/v1/trust/keys/${key.name}`, { publicKey: key.publicPem, projects: [project] });
  await http.apply(`/v1/contracts/${project}`, contract, { 'content-type': 'application/yaml' });
  await http.apply(`/v1/pipelines/${project}/release`, { contract: project });
  if (hasKey) await registerKey();

  const attach = (destination: string, options: object = {}) =>
    http.apply(`/v1/attachments/${destination}`, { destination, pipelines: [`${project}/*`], options });
  const attestation = async (id: string) => (await http.get<AttestationView>(`/v1/attestations/${id}`)).body;
  const deliveries = async (query = '') =>
    (await http.get<{ items: DeliveryView[] }>(`/v1/deliveries?project=${project}&limit=200${query}`)).body.items;
  const delivery = async (id: string) => (await http.get<DeliveryView>(`/v1/deliveries/${id}`)).body;

  return {
    project,
    key,
    registerKey,
    attestation,
    deliveries,
    delivery,

    /** Puts a webhook destination and attaches all pipelines of the project. */
    async webhook(url: string, secret: string | { ref: string }, more: DestinationOptions = {}): Promise<string> {
      const name = `${project}-hook-${randomUUID().slice(0, 4)}`;
      await http.apply(`/v1/destinations/${name}`, {
        integration: 'webhook',
        config: { url },
        secrets: { signingSecret: typeof secret === 'string' ? { value: secret } : secret.ref },
        allow: LOOPBACK,
        ...limitsOf(more),
      });
      await attach(name, more.options);
      return name;
    },

    /** The same with a Dependency-Track; `apiKey` is a value to seal or a reference. */
    async dependencyTrack(
      url: string,
      apiKey: string | { value: string },
      more: DestinationOptions = {},
    ): Promise<string> {
      const name = `${project}-dtrack-${randomUUID().slice(0, 4)}`;
      await http.apply(`/v1/destinations/${name}`, {
        integration: 'dependency-track',
        config: { url, ...more.config },
        secrets: { apiKey },
        allow: LOOPBACK,
        ...limitsOf(more),
      });
      await attach(name, { projectName: '{{project}}', projectVersion: '1', ...more.options });
      return name;
    },

    /** Submits; `prefer` says how long to wait, e.g. `wait=1`. */
    send: (body: Body, prefer?: string): Promise<Answer<AttestationView>> =>
      http.post(`/v1/pipelines/${project}/release/attestations`, body, prefer === undefined ? {} : { prefer }),

    /** Submits what must be accepted, and returns its deliveries. */
    async deliver(body: Body): Promise<DeliveryView[]> {
      const { status, text, body: answer } = await this.send(body);
      if (status !== 200) throw new Error(`expected an accepted attestation, got ${status}: ${text}`);
      return deliveries(`&attestation=${answer.id}`);
    },

    destination: async (name: string) => (await http.get<DestinationView>(`/v1/destinations/${name}`)).body,
    attempts: async (id: string) =>
      (await http.get<{ items: AttemptView[] }>(`/v1/deliveries/${id}/attempts`)).body.items,
    causes: async () => (await http.get<{ items: CauseView[] }>(`/v1/deliveries/causes?project=${project}`)).body.items,

    /** The judgement's workflow as Temporal shows it. */
    async workflow(id: string, n = 1): Promise<{ status: string; [attribute: string]: unknown }> {
      const handle = client.workflow.getHandle(`attestation/${project}/release/${id}/${n}`);
      const { status, searchAttributes } = await handle.describe();
      return { ...searchAttributes, status: status.name };
    },
  };
}

const limitsOf = ({ stuckAfter, timeout }: DestinationOptions) => ({
  ...(stuckAfter === undefined ? {} : { stuckAfter }),
  ...(timeout === undefined ? {} : { limits: { timeout } }),
});

/** A signed statement that nobody made before, as the bytes of its envelope. */
export const anAttestation = (key: TestKey, fields: Record<string, unknown> = {}): Buffer =>
  toBytes(makeEnvelope(key, { ...makeStatement(), subject: [aSubject()], ...fields }));

const aSubject = () => ({ name: 'app.tar.gz', digest: { sha256: sha256Of(randomBytes(16)) } });

/** A small CycloneDX SBOM; `padding` bytes more where its size matters. */
export const makeSbom = (name = 'app', padding = 0): object => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: { component: { type: 'application', name, version: '1.0.0' } },
  components: [{ type: 'library', name: 'left-pad', version: '1.3.0', description: 'x'.repeat(padding) }],
});

/** An attestation whose predicate is the SBOM itself. */
export const anSbomAttestation = (key: TestKey, sbom: object = makeSbom(randomUUID())): Buffer =>
  anAttestation(key, { predicateType: 'https://cyclonedx.org/bom', predicate: sbom });

/** Provenance that signs the SBOM as its byproduct `sbom`, with the file beside it, as `waybill attest` makes it. */
export function aBuild(key: TestKey, sbom: object = makeSbom(randomUUID())): FormData {
  const file = toBytes(sbom);
  const byproduct = { name: 'sbom', digest: { sha256: sha256Of(file) }, mediaType: 'application/vnd.cyclonedx+json' };
  const predicate = {
    buildDefinition: { buildType: 'https://example.com/build', externalParameters: {} },
    runDetails: { builder: { id: 'https://example.com/builder' }, byproducts: [byproduct] },
  };
  const form = new FormData();
  form.set('attestation', new Blob([new Uint8Array(anAttestation(key, { predicate }))], { type: 'application/json' }));
  form.set('sbom', new Blob([new Uint8Array(file)], { type: byproduct.mediaType }), 'sbom.json');
  return form;
}
