import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Floor, startFloor } from './floor/floor.ts';
import { type Receivers, startReceivers } from './receivers.ts';
import { bringUpSite, type Send, type Site } from './site.ts';
import { CONTRACT, createSigner, type Signer, type Submission } from './submissions.ts';

/** A site with what attestations need, and what it is measured against. */
export type Installation = Site & {
  /** Of a CI: it may send to this project, and nothing else. */
  token: string;
  floor: Floor;
  receivers: Receivers;
  signer: Signer;
  submit(pipeline: PipelineName, submission: Submission): Promise<Judged>;
};
/** `plain` delivers nothing; `delivered` three times, each to a destination of its own. */
type PipelineName = 'plain' | 'delivered';
export type Judged = { id: string; judgement: number; verdict: string };

export const PROJECT = 'bench';

export async function bringUp(say: (line: string) => void): Promise<Installation> {
  const site = await bringUpSite(say);
  try {
    const floor = await startFloor(site.client, site.address, join(site.dir, 'cache'));
    site.onStop(() => floor.stop());
    const receivers = await startReceivers(3);
    site.onStop(() => receivers.close());
    const signer = createSigner();
    await putPipelines(site.admin, signer, ['plain', 'delivered'] satisfies PipelineName[]);
    for (const [at, url] of receivers.urls.entries()) {
      await putWebhook(site.admin, `receiver-${at}`, url);
      await attach(site.admin, `receiver-${at}`, 'delivered');
    }
    const token = await mintToken(site.admin);
    const submit = submitter(site.sender(token));
    return { ...site, token, floor, receivers, signer, submit };
  } catch (error) {
    await site.stop();
    throw error;
  }
}

/** How a CI sends. */
export const submitter =
  (send: Send) =>
  async (pipeline: string, { contentType, body }: Submission): Promise<Judged> =>
    (await send('POST', `/v1/pipelines/${PROJECT}/${pipeline}/attestations`, body, contentType)) as Judged;

export async function mintToken(admin: Send): Promise<string> {
  const wanted = { name: 'ci', role: 'submit', scope: [`${PROJECT}/*`] };
  return ((await admin('POST', '/v1/tokens', JSON.stringify(wanted))) as { token: string }).token;
}

const put = (send: Send, path: string, body: object) => send('PUT', `/v1/${path}`, JSON.stringify(body));

export async function putPipelines(admin: Send, signer: Signer, names: readonly string[]): Promise<void> {
  const publicKey = signer.publicPem;
  await put(admin, 'trust/keys/bench', { algorithm: 'ecdsa-p256-sha256', publicKey, projects: [PROJECT] });
  await admin('PUT', '/v1/contracts/bench', CONTRACT, 'application/yaml');
  for (const name of names) await put(admin, `pipelines/${PROJECT}/${name}`, { contract: 'bench' });
}

export const putWebhook = (admin: Send, name: string, url: string, limits: object = {}): Promise<unknown> =>
  put(admin, `destinations/${name}`, {
    integration: 'webhook',
    config: { url },
    secrets: { signingSecret: { value: `whsec_${randomBytes(32).toString('base64')}` } },
    allow: ['127.0.0.0/8'],
    limits,
  });

export const attach = (admin: Send, destination: string, pipeline: string): Promise<unknown> =>
  put(admin, `attachments/${pipeline}-${destination}`, { destination, pipelines: [`${PROJECT}/${pipeline}`] });
