import type { DeliveryRow, Received } from './ledger.ts';

/** Whether what a receiver got is this delivery's content, under whatever key. */
export const isAbout = ({ receiver, about }: Received, row: DeliveryRow): boolean =>
  receiver === row.destination &&
  ('sha256' in about ? about.sha256 === row.materialSha256 : about.attestationId === row.attestationId);

/** Requests by the delivery that they are about, and those that are about none. */
export function matchRequests(received: readonly Received[], deliveries: readonly DeliveryRow[]) {
  const keyOf = (destination: string, what: string) => `${destination} ${what}`;
  const byContent = new Map<string, DeliveryRow>();
  for (const row of deliveries) {
    byContent.set(keyOf(row.destination, row.attestationId), row);
    if (row.materialSha256) byContent.set(keyOf(row.destination, row.materialSha256), row);
  }
  const matched = new Map<string, { row: DeliveryRow; requests: Received[] }>();
  const unknown: Received[] = [];
  for (const request of received) {
    const { about } = request;
    const row = byContent.get(keyOf(request.receiver, 'sha256' in about ? about.sha256 : about.attestationId));
    if (!row) {
      unknown.push(request);
      continue;
    }
    const known = matched.get(row.id);
    if (known) known.requests.push(request);
    else matched.set(row.id, { row, requests: [request] });
  }
  return { matched: [...matched.values()], unknown };
}
