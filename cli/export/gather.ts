import type { z } from 'zod';
import { PEM_MEDIA_TYPE, VSA_MEDIA_TYPE } from '../client.ts';
import { apiPath } from '../options.ts';
import { pages, type Row } from '../rows.ts';
import { Attestation, Envelope, Judgements, Revision } from './answers.ts';
import { type Collector, json, unique } from './collector.ts';
import { PATHS } from './paths.ts';
import { addSigners } from './signers.ts';

/** A judgement with a signed summary, and the key that made it. */
export type Summary = { judgement: number; key: string };
type Judged = z.infer<typeof Judgements>['items'];

/**
 * Everything that is on record about an attestation, as far as the token may read it. Whatever has a digest on record must
 * have it here too.
 */
export async function gather(
  collector: Collector,
  id: string,
): Promise<{ attestation: Attestation; summaries: Summary[] }> {
  const { client, folder } = collector;
  const answer = await client.request<unknown>(apiPath('attestations', id));
  const attestation = Attestation.parse(answer);
  await folder.add('attestation.json', 'the attestation, with the judgement that counts', json(answer));
  await addStatements(collector, attestation);
  const items: Judged = [];
  for await (const page of pages(client, apiPath('attestations', id, 'judgements'), { limit: 200 }))
    items.push(...Judgements.parse({ items: page }).items);
  const summaries = await addJudgements(collector, id, items);
  await addContracts(collector, items);
  await addMaterials(collector, attestation);
  await collector.unlessRefused('deliveries', () => addDeliveries(collector, id));
  await addVerdictKeys(collector, summaries);
  await addSigners(
    collector,
    items.flatMap(({ verification }) => verification.flatMap(({ signers }) => signers)),
  );
  return { attestation, summaries };
}

async function addStatements({ client, folder, unlessRefused }: Collector, { id, statements }: Attestation) {
  for (const { sha256, size } of statements) {
    const what = `statement ${sha256}`;
    await unlessRefused(what, async () => {
      const bytes = await client.download(apiPath('attestations', id, 'envelope'), { statement: sha256 });
      await folder.add(PATHS.statement(sha256), what, bytes, { sha256, size });
    });
  }
}

async function addJudgements({ client, folder, unlessRefused }: Collector, id: string, items: Judged) {
  const summaries: Summary[] = [];
  for (const item of items) {
    const { judgement } = item;
    await folder.add(PATHS.judgement(judgement), `judgement ${judgement}`, json(item));
    const what = `signed summary of judgement ${judgement}`;
    await unlessRefused(what, async () => {
      const text = await client.text(apiPath('attestations', id, 'vsa'), VSA_MEDIA_TYPE, { judgement });
      await folder.add(PATHS.summary(judgement), what, text);
      for (const { keyid } of Envelope.parse(JSON.parse(text)).signatures) summaries.push({ judgement, key: keyid });
    });
  }
  return summaries;
}

async function addContracts({ client, folder, unlessRefused }: Collector, items: Judged) {
  for (const { name, revision, digest } of unique(items.flatMap(({ contract }) => contract ?? []))) {
    const what = `contract ${name}, revision ${revision}`;
    await unlessRefused(what, async () => {
      const { text } = Revision.parse(await client.request(apiPath('contracts', name, 'revisions', `${revision}`)));
      await folder.add(PATHS.contract(name, revision), what, text, { sha256: digest });
    });
  }
}

async function addMaterials(
  { client, folder, missing, progress, unlessRefused }: Collector,
  { id, materials }: Attestation,
) {
  const written = new Set<string>();
  for (const { name, type, sha256, size, bytes: kept } of materials) {
    const what = `material ${JSON.stringify(name)} (${type})`;
    if (kept === 'absent')
      missing.push({ what, code: 'bytes.absent', reason: `only its digest was signed, sha256:${sha256}` });
    // The same bytes may stand for several materials; which is which stands in attestation.json.
    if (kept === 'absent' || written.has(sha256)) continue;
    await unlessRefused(what, async () => {
      const bytes = await client.download(apiPath('attestations', id, 'materials', name));
      await folder.add(PATHS.material(sha256), what, bytes, { sha256, size }, (heard) => progress(what, heard, size));
      written.add(sha256);
    });
  }
}

async function addDeliveries({ client, folder, missing }: Collector, id: string) {
  for await (const page of pages(client, '/v1/deliveries', { attestation: id, limit: 200 })) {
    for (const delivery of page) {
      const key = String(delivery.id);
      const attempts: Row[] = [];
      for await (const some of pages(client, apiPath('deliveries', key, 'attempts'), { limit: 200 }))
        attempts.push(...some);
      const removed = Number(attempts.at(-1)?.n ?? 1) - 1;
      if (removed > 0)
        missing.push({
          what: `attempts 1 to ${removed} of delivery ${key}`,
          code: 'attempts.removed',
          reason: 'they are older than attempts are kept; those that led to its state are here',
        });
      await folder.add(PATHS.delivery(key), `delivery ${key}`, json({ delivery, attempts: attempts.reverse() }));
    }
  }
}

async function addVerdictKeys({ client, folder, unlessRefused }: Collector, summaries: readonly Summary[]) {
  for (const key of new Set(summaries.map((summary) => summary.key))) {
    const what = `verdict key ${key}`;
    await unlessRefused(what, async () =>
      folder.add(PATHS.verdictKey(key), what, await client.text(apiPath('verdict-keys', key), PEM_MEDIA_TYPE)),
    );
  }
}
