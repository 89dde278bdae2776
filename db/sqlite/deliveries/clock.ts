import type { DeliveryRow } from './rows.ts';

/** Time held up to now, of a hold that still runs too: as much as lifting it now would make of `heldMs`. */
function heldSoFarMs(row: DeliveryRow, heldSince: string | null, at: string): number {
  if (heldSince === null) return row.heldMs;
  const since = Math.max(Date.parse(heldSince), Date.parse(row.createdAt));
  return row.heldMs + Math.max(0, Date.parse(at) - since);
}

/** Time that counts towards expiry: since its clock was set, without what was held since then. */
export const openForMs = (row: DeliveryRow, heldSince: string | null, at: string): number =>
  Date.parse(at) - Date.parse(row.clockFrom) - (heldSoFarMs(row, heldSince, at) - row.clockHeldMs);

/** Sets the clock that expiry counts on to now. */
export const clockSet = (
  row: DeliveryRow,
  heldSince: string | null,
  at: string,
): Pick<DeliveryRow, 'clockFrom' | 'clockHeldMs'> => ({
  clockFrom: at,
  clockHeldMs: heldSoFarMs(row, heldSince, at),
});
