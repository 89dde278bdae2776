import type { Client } from '@temporalio/client';
import type { ContractCheck, ContractChecked } from '../attestation/contract/again.ts';
import { sha256Hex } from '../attestation/ids.ts';
import {
  ATTESTATIONS_QUEUE,
  contractCheckWorkflowId,
  type DeliveryDecision,
  destinationTestWorkflowId,
} from '../attestation/names.ts';
import type { contractCheck } from '../workflows/contract-check.ts';
import type { destinationTest } from '../workflows/destination-test.ts';
import type { DestinationTestResult, Kept } from '../workflows/steps.ts';
import { type Judgement, judge, startJudgement } from './judge.ts';
import { startReplay } from './replay.ts';
import { type Wakeable, wakeDelivery } from './wake.ts';

/** What the API asks of Temporal. Nothing here throws for a Temporal that is away: the rows are the truth. */
export function createEngine(options: {
  client: Client;
  /** Base URL of the Temporal UI; undefined: no links. */
  uiUrl: string | undefined;
  log: { warn(detail: object, message: string): void };
}) {
  const { client, uiUrl, log } = options;
  const bestEffort = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    await withDeadline(client, 5000, work).catch((error: unknown) =>
      log.warn({ error: String(error) }, `${what} did not reach Temporal; the sweeper does it again`),
    );
  };
  return {
    judge: (judgement: Judgement, waitMs: number, signal?: AbortSignal) => judge(client, judgement, waitMs, signal),
    start: (judgement: Judgement) => bestEffort('a start', () => startJudgement(client, judgement)),
    wake: (delivery: Wakeable, what: DeliveryDecision['what']) =>
      bestEffort(`a ${what}`, () => wakeDelivery(client, delivery, what)),
    /** Starts the workflow of a replay, or has it look at its row: it was created, resumed or cancelled. */
    startReplay: (id: string) => bestEffort('a replay', () => startReplay(client, id)),
    testDestination: (name: string, waitMs: number) => testDestination(client, name, waitMs),
    checkContract: (asked: ContractCheck, waitMs: number) => checkContract(client, asked, waitMs),
    workflowUrl: (workflowId: string): string | undefined =>
      uiUrl &&
      `${uiUrl}/namespaces/${encodeURIComponent(client.options.namespace)}/workflows/${encodeURIComponent(workflowId)}`,
    reachable: async (): Promise<boolean> =>
      withDeadline(client, 2000, () => client.workflowService.getSystemInfo({})).then(
        () => true,
        () => false,
      ),
  };
}

const withDeadline = <T>(client: Client, ms: number, work: () => Promise<T>): Promise<T> =>
  client.withDeadline(Date.now() + ms, work);

/** Runs a destination's test in a worker; joins one that runs already. Undefined when no worker answered in time. */
export async function testDestination(
  client: Client,
  name: string,
  waitMs: number,
): Promise<DestinationTestResult | undefined> {
  return answerWithin(client, waitMs, () =>
    client.workflow.execute<typeof destinationTest>('destinationTest', {
      workflowId: destinationTestWorkflowId(name),
      taskQueue: ATTESTATIONS_QUEUE,
      args: [name],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowExecutionTimeout: '3 minutes',
      staticSummary: `test of destination ${name}`,
    }),
  );
}

/** Holds a contract against past attestations in a worker; joins who asked the same. */
const checkContract = (
  client: Client,
  asked: ContractCheck,
  waitMs: number,
): Promise<ContractChecked | Kept | undefined> =>
  answerWithin(client, waitMs, () =>
    client.workflow.execute<typeof contractCheck>('contractCheck', {
      workflowId: contractCheckWorkflowId(asked.name, sha256Hex(JSON.stringify(asked))),
      taskQueue: ATTESTATIONS_QUEUE,
      args: [asked],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowExecutionTimeout: '7 minutes',
      staticSummary: `check of contract ${asked.name}`,
    }),
  );

const answerWithin = <T>(client: Client, ms: number, work: () => Promise<T>): Promise<T | undefined> =>
  withDeadline(client, ms, work).catch(() => undefined);
