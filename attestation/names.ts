/** Names that Temporal and the database share. Free of imports: the workflow sandbox reads this file. */

/** Task queue of the workflows and their local steps. */
export const ATTESTATIONS_QUEUE = 'attestations';
/** Task queue of `destinationTest` and `contractCheck`: what somebody waits for and no attestation does. */
export const TESTS_QUEUE = 'tests';
/** Task queue of the deliveries to one destination. */
export const deliverQueue = (destination: string): string => `deliver.${destination}`;

export const attestationWorkflowId = (project: string, pipeline: string, attestationId: string, n: number): string =>
  `attestation/${project}/${pipeline}/${attestationId}/${n}`;
export const redeliveryWorkflowId = (attestationId: string, n: number): string => `redelivery/${attestationId}/${n}`;
export const replayWorkflowId = (replayId: string): string => `replay/${replayId}`;
export const isReplayWorkflowId = (workflowId: string): boolean => workflowId.startsWith(replayWorkflowId(''));
export const destinationTestWorkflowId = (destination: string): string => `test/${destination}`;
/** `asked`: digest of everything that was asked, so that asking twice joins. */
export const contractCheckWorkflowId = (name: string, asked: string): string => `contract-check/${name}/${asked}`;

export const deliverActivityId = (deliveryId: string): string => `deliver:${deliveryId}`;
export const confirmActivityId = (deliveryId: string): string => `confirm:${deliveryId}`;

/** The one update of a judgement: a constant id makes every repeat exact (PROTOCOLS A). */
export const VERDICT_UPDATE = 'verdict';
/** Signal with a {@link DeliveryDecision}. */
export const DECIDE_SIGNAL = 'decide';
export type DeliveryDecision = { deliveryIds: string[]; what: 'retry' | 'skip' };

/** Signal to `backfill`: its row says something new. */
export const LOOK_SIGNAL = 'look';

/** Search attributes and their Temporal types (PROTOCOLS D). */
export const SEARCH_ATTRIBUTES = {
  AttState: 'KEYWORD',
  AttVerdict: 'KEYWORD',
  AttPipeline: 'KEYWORD',
  AttContract: 'KEYWORD',
  AttDelivery: 'KEYWORD_LIST',
  AttStuckSince: 'DATETIME',
} as const;
