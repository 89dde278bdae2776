import { z } from 'zod';

/** States of a delivery (DESIGN §6). "Held" and "stuck" are derived, never states. */
export const DeliveryState = z
  .enum(['queued', 'trying', 'waiting', 'confirming', 'blocked', 'delivered', 'skipped', 'superseded', 'expired'])
  .meta({ id: 'DeliveryState' });
export type DeliveryState = z.infer<typeof DeliveryState>;

export const FINAL_STATES = ['delivered', 'skipped', 'superseded', 'expired'] as const satisfies DeliveryState[];
export const OPEN_STATES = ['queued', 'trying', 'waiting', 'confirming', 'blocked'] as const satisfies DeliveryState[];
export const isFinal = (state: DeliveryState): boolean => (FINAL_STATES as readonly DeliveryState[]).includes(state);

/** What can happen to a delivery. `docs/operating.md` prints the table below for people, and a test compares the two. */
export const DELIVERY_EVENTS = [
  'try',
  'retry-later',
  'accepted',
  'delivered',
  'refused',
  'unwanted',
  'superseded',
  'expired',
  'skip',
  'replay',
] as const;
export type DeliveryEvent = (typeof DELIVERY_EVENTS)[number];

/** The whole machine: from state, on event, to state. What is not in the table does not happen. */
const TRANSITIONS: Record<DeliveryState, Partial<Record<DeliveryEvent, DeliveryState>>> = {
  // Delivered while nothing is tried: by an attempt that was given up as lost and reports after all.
  queued: { try: 'trying', delivered: 'delivered', superseded: 'superseded', expired: 'expired', skip: 'skipped' },
  waiting: {
    try: 'trying',
    delivered: 'delivered',
    refused: 'blocked',
    superseded: 'superseded',
    expired: 'expired',
    skip: 'skipped',
  },
  trying: {
    try: 'trying', // a worker died in the middle: the open attempt is closed as unknown
    'retry-later': 'waiting',
    accepted: 'confirming',
    delivered: 'delivered',
    refused: 'blocked',
    unwanted: 'skipped',
    superseded: 'superseded',
    expired: 'expired',
    skip: 'skipped',
  },
  confirming: {
    try: 'confirming',
    'retry-later': 'confirming',
    delivered: 'delivered',
    refused: 'blocked',
    expired: 'expired',
    skip: 'skipped',
  },
  // Tried again only on an operator's command; something newer for the same target ends its wait.
  blocked: { try: 'trying', delivered: 'delivered', superseded: 'superseded', skip: 'skipped' },
  delivered: {},
  // Given up, and begun anew by a replay: the same delivery under the same key.
  skipped: { replay: 'queued' },
  superseded: {},
  expired: { replay: 'queued' },
};

/** The state after the event, or undefined when the event does not apply: a result that comes after a skip changes nothing. */
export const transition = (state: DeliveryState, event: DeliveryEvent): DeliveryState | undefined =>
  TRANSITIONS[state][event];
