import { readFileSync } from 'node:fs';
import { waybill } from './commands.ts';
import type { Stage } from './stage.ts';

type Answer = {
  status: number;
  ms: number;
  body: {
    id?: string;
    verdict?: string;
    checks?: CheckView[];
    deliveries?: DeliveryView[];
    links?: { console?: string; temporal?: string };
  };
};
type CheckView = { code: string; outcome: string; message: string; remedy?: string };
type DeliveryView = {
  id: string;
  state: string;
  stuck?: boolean;
  attempts?: number;
  cause?: { code: string; message: string } | null;
};

/** One promise of the story: kept, or not. */
export type Teller = { title(text: string): void; say(text: string): void; promise(text: string, kept: boolean): void };

/** Tells the main job as it happens, on a stage that was set. */
export async function tellStory(stage: Stage, teller: Teller): Promise<void> {
  const { say, title, promise } = teller;
  const good = readFileSync(stage.files.good);

  title('a. A good attestation is posted');
  const first = await post(stage, good, true);
  say(`POST ${stage.url}/v1/pipelines/${stage.pipeline}/attestations  →  ${first.status} in ${first.ms} ms`);
  showChecks(first, say);
  promise(`accepted as ${first.body.id}`, first.status === 200 && first.body.verdict === 'accepted');
  promise('one delivery is planned', first.body.deliveries?.length === 1);

  title('b. The same bytes again');
  const again = await post(stage, good, true);
  say(`→  ${again.status} in ${again.ms} ms, ${again.body.id}`);
  promise('the same id', again.status === 200 && again.body.id === first.body.id);
  const deliveries = await listDeliveries(stage);
  promise('nothing is delivered twice', deliveries.length === 1);

  title('c. A tampered one, and one without its SBOM');
  const tampered = await post(stage, tamper(good), true);
  say(`tampered  →  ${tampered.status}`);
  showChecks(tampered, say, 'failed');
  promise('the tampered one is rejected', tampered.status === 422);
  const bare = await post(stage, readFileSync(stage.files.bare), false);
  say(`without SBOM  →  ${bare.status}`);
  showChecks(bare, say, 'failed');
  promise('the one without its SBOM is rejected', bare.status === 422 && has(bare, 'material.missing'));
  promise('nothing rejected is delivered', (await listDeliveries(stage)).length === 1);

  title(`d. Meanwhile, ${stage.receiver.name} is down`);
  const stuck = await until(stage, (delivery) => delivery.stuck === true, 60);
  say('$ waybill deliveries list --stuck');
  say((await waybill(['deliveries', 'list', '--stuck'], stage.env)).out.trimEnd());
  promise(
    `the delivery was retried (${stuck?.attempts ?? 0} attempts) and is shown stuck, with its cause`,
    (stuck?.attempts ?? 0) > 1 && Boolean(stuck?.cause),
  );

  title('e. It comes back, and an operator retries');
  await stage.startReceiver();
  const id = deliveries[0]?.id ?? '';
  say(`$ waybill deliveries retry ${id}`);
  const retried = await waybill(['deliveries', 'retry', id], stage.env);
  say((retried.out + retried.err).trimEnd());
  const delivered = await until(stage, (delivery) => delivery.state === 'delivered', 60);
  say('$ waybill deliveries attempts');
  say((await waybill(['deliveries', 'attempts', id], stage.env)).out.trimEnd());
  promise('it is delivered, and the receiver confirmed it', delivered?.state === 'delivered');

  title('Look at it');
  say(`console    ${first.body.links?.console ?? `${stage.url}/`}`);
  say(`           sign in with the token in ${stage.tokenFile}`);
  if (first.body.links?.temporal) say(`temporal   ${first.body.links.temporal}`);
}

async function post(stage: Stage, attestation: Uint8Array, withSbom: boolean): Promise<Answer> {
  const form = new FormData();
  form.set('attestation', new Blob([new Uint8Array(attestation)], { type: 'application/json' }));
  if (withSbom)
    form.set(
      'skynet-sbom',
      new Blob([readFileSync(stage.files.sbom)], { type: 'application/vnd.cyclonedx+json' }),
      'sbom.json',
    );
  const started = performance.now();
  const answer = await fetch(`${stage.url}/v1/pipelines/${stage.pipeline}/attestations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stage.env.WAYBILL_TOKEN}` },
    body: form,
  });
  const body = (await answer.json()) as Answer['body'];
  return { status: answer.status, ms: Math.round(performance.now() - started), body };
}

/** Changes who built it, and keeps the signature. */
function tamper(envelope: Buffer): Buffer {
  const parsed = JSON.parse(envelope.toString()) as { payload: string };
  const payload = Buffer.from(parsed.payload, 'base64').toString().replace('github-hosted', 'somewhere-else');
  return Buffer.from(JSON.stringify({ ...parsed, payload: Buffer.from(payload).toString('base64') }));
}

const has = (answer: Answer, code: string): boolean =>
  answer.body.checks?.some((check) => check.code === code && check.outcome === 'failed') ?? false;

function showChecks(answer: Answer, say: (text: string) => void, only?: string): void {
  for (const check of answer.body.checks ?? []) {
    if (only && check.outcome !== only) continue;
    say(`  ${check.outcome.padEnd(7)} ${check.code.padEnd(22)} ${check.message}`);
  }
}

async function listDeliveries(stage: Stage): Promise<DeliveryView[]> {
  const { out } = await waybill(['deliveries', 'list', '--all', '--json'], stage.env);
  const parsed = JSON.parse(out) as { items: DeliveryView[] } | DeliveryView[];
  return Array.isArray(parsed) ? parsed : parsed.items;
}

async function until(
  stage: Stage,
  wanted: (delivery: DeliveryView) => boolean,
  seconds: number,
): Promise<DeliveryView | undefined> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await fetch(`${stage.url}/v1/deliveries`, {
      headers: { authorization: `Bearer ${stage.env.WAYBILL_TOKEN}` },
    });
    const { items } = (await answer.json()) as { items: DeliveryView[] };
    const found = items.find(wanted);
    if (found || Date.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
