import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { filesBelow, findIn, formsOf, type Place, unwrapped } from '../support/canary.ts';
import type { Installation } from '../support/installation.ts';
import type { Canaries } from './canaries.ts';

const AT_ONCE = 8;

/**
 * Looks for every secret, in every form, in every file of the installation and of its Temporal server (databases, logs
 * of all processes), in every history, and in every answer of the API. Says where, not what.
 */
export async function findLeaks(house: Installation, { all }: Canaries): Promise<string[]> {
  await askAround(house);
  const answers = { name: 'answers of the API', bytes: Buffer.from(house.http.heard.join('\n')) };
  const places = [...filesBelow(house.dataDir), ...filesBelow(house.temporal.dataDir), answers];
  const forms = all.flatMap(formsOf);
  const searched = [...places, ...(await histories(house))];
  refuseBlindness(searched);
  const found = findIn(searched, forms);
  return [...new Set(found.map((line) => line.slice(0, line.lastIndexOf(': '))))];
}

const MUST_BE_SEEN = [
  ['waybill.db', 'hook-tls'],
  ['api.log', 'API is ready'],
  ['worker-1.log', 'worker is ready'],
  ['temporal-', 'hook-tls'],
  ['history of attestation/', 'hook-tls'],
  ['answers of the API', 'hook-tls'],
] as const;

/** A search that does not find what is there proves nothing. */
function refuseBlindness(places: readonly Place[]): void {
  const isSeen = (name: string, word: string) =>
    findIn(
      places.filter((place) => place.name.startsWith(name)),
      [word],
    ).length > 0;
  const unseen = MUST_BE_SEEN.filter(([name, word]) => !isSeen(name, word)).map(([name]) => name);
  if (unseen.length > 0) throw new Error(`expected the search for secrets to see into ${unseen.join(', ')}`);
}

/** What an operator looks at when something went wrong. */
async function askAround({ http }: Installation): Promise<void> {
  for (const path of ['destinations', 'attachments', 'deliveries/causes', 'audit', 'tokens', 'integrations'])
    await http.get(`/v1/${path}`);
  await http.get('/metrics');
  for (const destination of ['hook', 'hook-tls', 'chat', 'dtrack']) {
    await http.post(`/v1/destinations/${destination}/test`);
    const path = `/v1/deliveries?destination=${destination}&limit=200`;
    const { items } = (await http.get<{ items: { id: string; attestationId: string }[] }>(path)).body;
    for (const { id, attestationId } of items.slice(0, 25)) {
      await http.get(`/v1/deliveries/${id}`);
      await http.get(`/v1/deliveries/${id}/attempts`);
      await http.get(`/v1/attestations/${attestationId}`);
    }
  }
}

async function histories({ client }: Installation): Promise<Place[]> {
  const runs: { workflowId: string; runId: string }[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) runs.push({ workflowId, runId });
  const places: Place[] = [];
  const lane = async () => {
    for (let run = runs.pop(); run; run = runs.pop()) {
      const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
      places.push(unwrapped(`history of ${run.workflowId}`, historyToJSON(history)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return places;
}
