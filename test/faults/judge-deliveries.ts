import { isFinal } from '../../attestation/delivery/state.ts';
import type { Violation } from './judge.ts';
import type { DeliveryRow, Ledger } from './ledger.ts';
import { isAbout } from './matching.ts';

/** What was planned, and what became of it. */
export function judgeDeliveries(ledger: Ledger): Violation[] {
  return [...judgePlans(ledger), ...ledger.deliveries.flatMap((row) => judgeEnd(ledger, row))];
}

function judgePlans({ attestations, deliveries, attachments }: Ledger): Violation[] {
  return attestations.flatMap(({ id, pipeline, verdict }): Violation[] => {
    const planned = deliveries.filter(({ attestationId }) => attestationId === id);
    if (verdict !== 'accepted')
      return planned.map((row) => ({ rule: 'delivery unverified', about: row.id, detail: `${id} is ${verdict}` }));
    return attachments
      .filter(({ pipelines }) => pipelines.includes(pipeline))
      .map(({ name }) => ({ name, count: planned.filter(({ attachment }) => attachment === name).length }))
      .filter(({ count }) => count !== 1)
      .map(({ name, count }) => ({ rule: 'delivery unplanned', about: id, detail: `${count} deliveries by ${name}` }));
  });
}

function judgeEnd({ deliveries, received }: Ledger, row: DeliveryRow): Violation[] {
  const say = (rule: Violation['rule'], detail: string): Violation[] => [{ rule, about: row.id, detail }];
  if (!isFinal(row.state))
    return [
      ...say('delivery open', `${row.state} to ${row.destination}, ${row.causeCode ?? 'no cause'}`),
      ...(row.causeCode === null ? say('delivery unexplained', row.state) : []),
    ];
  switch (row.state) {
    case 'delivered':
      return received.some((request) => request.outcome !== 'refused' && isAbout(request, row))
        ? []
        : say('delivery lost', `${row.destination} has no effect of it`);
    case 'superseded': {
      const by = deliveries.find(({ id }) => id === row.supersededBy);
      const isTrue =
        by?.state === 'delivered' &&
        by.destination === row.destination &&
        by.orderKey === row.orderKey &&
        by.receivedSeq > row.receivedSeq;
      return isTrue ? [] : say('superseded by nothing', `by ${row.supersededBy ?? 'nobody'}`);
    }
    default:
      return say('delivery unexplained', `${row.state}, which nobody asked for`);
  }
}
