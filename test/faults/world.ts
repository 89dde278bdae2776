import type { Installation } from '../support/installation.ts';
import { makeKey, type TestKey } from '../support/keys.ts';
import { API_KEY_VARIABLE, type Canaries } from './canaries.ts';
import type { LabReceivers } from './receivers.ts';
import { PIPELINES } from './schedule.ts';

export const PROJECT = 'lab';
export const SBOM_NAME = 'sbom';

/** What SecOps attached: every attestation goes to the three hooks, and every SBOM to Dependency-Track. */
export const ATTACHMENTS = [
  { name: 'to-hook', destination: 'hook', pipelines: PIPELINES, options: {} },
  { name: 'to-hook-tls', destination: 'hook-tls', pipelines: PIPELINES, options: {} },
  { name: 'to-chat', destination: 'chat', pipelines: PIPELINES, options: {} },
  {
    name: 'latest-sboms',
    destination: 'dtrack',
    pipelines: ['app', 'lib'],
    options: { projectName: '{{project}}/{{pipeline}}', projectVersion: 'latest' },
  },
  {
    name: 'every-sbom',
    destination: 'dtrack',
    pipelines: ['firmware'],
    options: { projectName: '{{component.name}}' },
  },
] as const;

/** A receiver that hangs is given up after this; delays are shorter. */
const TIMEOUT = '4s';
const SBOM_CONTRACT = `schemaVersion: v1\nmaterials:\n  - { type: SBOM_CYCLONEDX_JSON, name: ${SBOM_NAME} }\n`;

/** Puts everything there that a run needs; what comes back is CI's: its key, and its token. */
export async function furnish(
  { http }: Installation,
  { urls, ca }: Pick<LabReceivers, 'urls' | 'ca'>,
  canaries: Canaries,
): Promise<{ key: TestKey; token: string }> {
  const key = makeKey('ed25519', { name: 'lab', projects: [PROJECT] });
  await http.apply('/v1/trust/keys/lab', { publicKey: key.publicPem, projects: [PROJECT] });
  const yaml = { 'content-type': 'application/yaml' };
  await http.apply('/v1/contracts/with-sbom', SBOM_CONTRACT, yaml);
  await http.apply('/v1/contracts/without', 'schemaVersion: v1\n', yaml);
  for (const pipeline of PIPELINES)
    await http.apply(`/v1/pipelines/${PROJECT}/${pipeline}`, {
      contract: pipeline === 'docs' ? 'without' : 'with-sbom',
    });

  const common = { allow: ['127.0.0.0/8'], limits: { timeout: TIMEOUT } };
  const hook = { integration: 'webhook', ...common };
  const destinations = {
    hook: { ...hook, secrets: { url: { value: urls.hook }, signingSecret: { value: canaries.hook } } },
    'hook-tls': {
      ...hook,
      config: { url: urls['hook-tls'] },
      secrets: { signingSecret: { value: canaries.tls } },
      tlsCa: ca,
    },
    chat: { ...hook, config: { url: urls.chat }, secrets: { signingSecret: { value: canaries.chat } } },
    dtrack: {
      integration: 'dependency-track',
      ...common,
      config: { url: urls.dtrack },
      secrets: { apiKey: `env:${API_KEY_VARIABLE}` },
    },
  };
  for (const [name, spec] of Object.entries(destinations)) await http.apply(`/v1/destinations/${name}`, spec);
  for (const { name, destination, pipelines, options } of ATTACHMENTS)
    await http.apply(`/v1/attachments/${name}`, {
      destination,
      pipelines: pipelines.map((pipeline) => `${PROJECT}/${pipeline}`),
      options,
    });
  const minted = await http.post<{ token: string }>('/v1/tokens', {
    name: 'ci',
    role: 'submit',
    scope: [`${PROJECT}/*`],
  });
  if (minted.status !== 201) throw new Error(`expected a token for CI, got ${minted.status}: ${minted.text}`);
  return { key, token: minted.body.token };
}
