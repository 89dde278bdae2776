import { type ConnectionLike, isGrpcServiceError } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../attestation/names.ts';

type AttributeType = (typeof SEARCH_ATTRIBUTES)[keyof typeof SEARCH_ATTRIBUTES];
type Attributes = Readonly<Record<string, AttributeType>>;

/** temporal.api.enums.v1.IndexedValueType; the first one is no type. */
const TYPE_NAMES = ['UNSPECIFIED', 'TEXT', 'KEYWORD', 'INT', 'DOUBLE', 'BOOL', 'DATETIME', 'KEYWORD_LIST'] as const;
/** How `temporal operator search-attribute create --type` spells them. */
const CLI_NAMES: Record<AttributeType, string> = {
  KEYWORD: 'Keyword',
  KEYWORD_LIST: 'KeywordList',
  DATETIME: 'Datetime',
};
const CALL_WITHIN_MS = 10_000;
const DAY_MS = 86_400_000;
const NOT_FOUND = 5;
/** PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED: Temporal Cloud and locked-down clusters, not mistakes. */
const NOT_PERMITTED = [7, 12, 16];

/**
 * Makes the namespace fit for Waybill's workflows: our search attributes exist with their types, and closed workflows
 * are kept for at least `retentionDays`. Safe to repeat and to run in several processes at once. Throws on an attribute
 * of another type and on one that cannot be added; what the server does not permit to look at or to raise is a warning.
 */
export async function ensureNamespaceReady(
  connection: ConnectionLike,
  namespace: string,
  options: { retentionDays: number; log: (line: string) => void; attributes?: Attributes },
): Promise<void> {
  const { retentionDays, log, attributes = SEARCH_ATTRIBUTES } = options;
  await connection.withDeadline(Date.now() + CALL_WITHIN_MS, async () => {
    await ensureRetention(connection, namespace, retentionDays, log);
    await ensureAttributes(connection, namespace, attributes, log);
  });
}

async function ensureAttributes(
  { operatorService }: ConnectionLike,
  namespace: string,
  attributes: Attributes,
  log: (line: string) => void,
): Promise<void> {
  const list = async () => (await operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  const first = await permitted(list);
  if (first === 'not permitted') {
    log(
      `not permitted to list the search attributes of ${namespace}; these must exist: ${createCommand(namespace, attributes)}`,
    );
    return;
  }
  refuseOtherTypes(namespace, attributes, first);
  const missing = Object.fromEntries(Object.entries(attributes).filter(([name]) => first[name] === undefined));
  if (Object.keys(missing).length === 0) return;
  const searchAttributes = Object.fromEntries(
    Object.entries(missing).map(([n, type]) => [n, TYPE_NAMES.indexOf(type)]),
  );
  const added = await operatorService
    .addSearchAttributes({ namespace, searchAttributes })
    .catch((error: Error) => error);
  // The server answers OK to an attribute that exists with another type: only the list tells what is there now.
  const now = await list();
  refuseOtherTypes(namespace, attributes, now);
  const absent = Object.fromEntries(Object.entries(attributes).filter(([name]) => now[name] === undefined));
  if (Object.keys(absent).length === 0) return;
  throw new Error(
    `expected the search attributes ${Object.keys(absent).join(', ')} in namespace ${namespace}, could not add them` +
      `${added instanceof Error ? ` (${added.message})` : ''}. Let an administrator run: ${createCommand(namespace, absent)}`,
  );
}

function refuseOtherTypes(namespace: string, attributes: Attributes, found: Record<string, number | null>): void {
  const wrong = Object.entries(attributes).flatMap(([name, type]) => {
    const there = found[name];
    return there == null || there === TYPE_NAMES.indexOf(type)
      ? []
      : [`${name}: expected ${type}, found ${TYPE_NAMES[there] ?? there}`];
  });
  if (wrong.length === 0) return;
  throw new Error(
    `namespace ${namespace} has search attributes of another type (${wrong.join('; ')}). ` +
      'Remove or rename them there, or give Waybill a namespace of its own.',
  );
}

/** Raises, never lowers: somebody may keep more for a reason. */
async function ensureRetention(
  { workflowService }: ConnectionLike,
  namespace: string,
  days: number,
  log: (line: string) => void,
): Promise<void> {
  const described = await workflowService.describeNamespace({ namespace }).catch((error: unknown) => {
    if (!isGrpcServiceError(error) || error.code !== NOT_FOUND) throw error;
    throw new Error(
      `expected namespace ${namespace} on the Temporal server, found none. ` +
        `Create it (temporal operator namespace create -n ${namespace}) or set TEMPORAL_NAMESPACE.`,
      { cause: error },
    );
  });
  const ttl = described.config?.workflowExecutionRetentionTtl;
  if (ttl && tsToMs(ttl) >= days * DAY_MS) return;
  const config = { workflowExecutionRetentionTtl: msToTs(days * DAY_MS) };
  const raised = await permitted(() => workflowService.updateNamespace({ namespace, config }));
  if (raised === 'not permitted') {
    const have = ttl ? `${tsToMs(ttl) / DAY_MS}` : 'an unknown number of';
    log(`not permitted to raise the retention of namespace ${namespace}: it keeps ${have} days, expected ${days}`);
  }
}

async function permitted<T>(call: () => Promise<T>): Promise<T | 'not permitted'> {
  try {
    return await call();
  } catch (error) {
    if (isGrpcServiceError(error) && NOT_PERMITTED.includes(error.code)) return 'not permitted';
    throw error;
  }
}

const createCommand = (namespace: string, attributes: Attributes): string =>
  ['temporal operator search-attribute create', `-n ${namespace}`]
    .concat(Object.entries(attributes).map(([name, type]) => `--name ${name} --type ${CLI_NAMES[type]}`))
    .join(' ');
