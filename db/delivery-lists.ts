import type { DeliveryState } from '../attestation/delivery/state.ts';
import type { Cause } from './attempts.ts';

export type DeliveryFilter = {
  /** Only these. */
  ids?: readonly string[] | undefined;
  state?: DeliveryState[] | undefined;
  open?: boolean | undefined;
  stuck?: boolean | undefined;
  held?: boolean | undefined;
  destination?: string | undefined;
  /** Uid of an attachment, which may be deleted. */
  attachmentUid?: string | undefined;
  project?: string | undefined;
  pipeline?: string | undefined;
  attestation?: string | undefined;
  /** The replay that queued it last. */
  replay?: string | undefined;
  /** Code of its cause; `none` = those without one. */
  code?: string | undefined;
  /** Scope of its cause; `none` = those without one. */
  scope?: CauseGroup['scope'] | undefined;
  /** Open since before this time. */
  olderThan?: string | undefined;
  visible?: string[] | undefined;
};

export type CauseGroup = {
  destination: string;
  scope: Cause['scope'] | 'none';
  code: string;
  count: number;
  stuck: number;
  held: boolean;
  oldest: string;
  firstSeen: string | null;
  lastSeen: string | null;
  example: { deliveryId: string; message: string | null };
};

/** Groups of one answer: destinations and codes are few, and whoever has more looks at one destination at a time. */
export const MOST_CAUSES = 1000;

/** Deliveries that stand alike. */
export type DeliveryTally = {
  destination: string;
  state: DeliveryState;
  held: boolean;
  /** A retry was asked for and is not taken up yet. */
  asked: boolean;
  /** At least one attempt was made. */
  tried: boolean;
  count: number;
  /** Id of the oldest of them. */
  example: string;
};
