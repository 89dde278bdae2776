import { DeliveryState, isFinal } from '../../attestation/delivery/state.ts';
import type { AttestationFilter } from '../../db/attestations.ts';
import type { DeliveryFilter } from '../../db/delivery-lists.ts';
import type { Viewer } from './viewer.ts';

export const PAGE_SIZE = 50;

/** Query-string parameters of the lists; what a list does not know it ignores. */
export type Query = Record<string, string | undefined>;

const DELIVERY_KEYS = ['destination', 'state', 'stuck', 'held', 'pipeline', 'code', 'attestation', 'replay'] as const;
const ATTESTATION_KEYS = ['pipeline', 'verdict', 'digest', 'signer'] as const;

/** What of a query string the lists know, cursor excluded: the part that paging keeps. */
export const keptQuery = (query: Query, of: 'deliveries' | 'attestations'): Query =>
  Object.fromEntries(
    (of === 'deliveries' ? DELIVERY_KEYS : ATTESTATION_KEYS).map((key) => [key, query[key]?.trim() || undefined]),
  );

/** Without a state, the open ones; `state=all` for every one. */
export function deliveryFilter(query: Query, viewer: Viewer): DeliveryFilter {
  const state = DeliveryState.safeParse(query.state);
  return {
    ...pipelineFilter(query.pipeline),
    ...(state.success ? { state: [state.data] } : {}),
    ...(query.state === 'all' || (state.success && isFinal(state.data)) ? {} : { open: true }),
    ...(query.stuck ? { stuck: true } : {}),
    ...(query.held ? { held: true } : {}),
    destination: query.destination,
    code: query.code,
    attestation: query.attestation,
    replay: query.replay,
    visible: viewer.visible,
  };
}

export function attestationFilter(query: Query, viewer: Viewer): AttestationFilter {
  const verdict = query.verdict;
  return {
    ...pipelineFilter(query.pipeline),
    ...(verdict === 'accepted' || verdict === 'rejected' || verdict === 'undecided' ? { verdict } : {}),
    digest: query.digest?.replace(/^sha256:/, '').toLowerCase(),
    signer: query.signer,
    visible: viewer.visible,
  };
}

/** `project/pipeline`, or a project alone. */
function pipelineFilter(text: string | undefined): { project?: string; pipeline?: string } {
  const [project, pipeline] = (text ?? '').split('/');
  return { ...(project ? { project } : {}), ...(pipeline ? { pipeline } : {}) };
}
