import type { Database } from './database.ts';
import { answerVerbs } from './sqlite/answers.ts';
import { attachmentVerbs } from './sqlite/attachments.ts';
import { attestationVerbs } from './sqlite/attestations.ts';
import { auditVerbs, prepareLog } from './sqlite/audit.ts';
import { prepareBlobRows } from './sqlite/blob-rows.ts';
import { blobVerbs } from './sqlite/blobs.ts';
import { connect, type SqliteOptions } from './sqlite/connection.ts';
import { contractVerbs } from './sqlite/contracts.ts';
import { deliveryVerbs } from './sqlite/deliveries.ts';
import { destinationVerbs } from './sqlite/destinations.ts';
import { prepareHoldRows } from './sqlite/hold-rows.ts';
import { holdVerbs } from './sqlite/holds.ts';
import { hostVerbs } from './sqlite/hosts.ts';
import { leaseVerbs } from './sqlite/leases.ts';
import { pipelineVerbs } from './sqlite/pipelines.ts';
import { processVerbs } from './sqlite/processes.ts';
import { replayVerbs } from './sqlite/replays.ts';
import { sentVerbs } from './sqlite/sent.ts';
import { tokenVerbs } from './sqlite/tokens.ts';
import { trustVerbs } from './sqlite/trust.ts';
import { upkeepVerbs } from './sqlite/upkeep.ts';
import { verdictKeyVerbs } from './sqlite/verdict-keys.ts';

/**
 * The database in one file, shared by any number of processes of one host; `:memory:` for tests. Applies what is new of
 * the migrations, waiting for another process that does the same. Fails when the file cannot be opened or read.
 */
export function openSqliteDatabase(options: SqliteOptions): Database {
  const connection = connect(options);
  const log = prepareLog(connection.db);
  const holds = prepareHoldRows(connection.db, log);
  const blobs = prepareBlobRows(connection.db);
  return {
    tokens: tokenVerbs(connection, log),
    pipelines: pipelineVerbs(connection, log),
    contracts: contractVerbs(connection, log),
    trust: trustVerbs(connection, log),
    destinations: destinationVerbs(connection, log),
    attachments: attachmentVerbs(connection, log),
    attestations: attestationVerbs(connection, log, blobs),
    deliveries: deliveryVerbs(connection, log, holds),
    holds: holdVerbs(connection, log, holds),
    hosts: hostVerbs(connection),
    replays: replayVerbs(connection, log),
    blobs: blobVerbs(connection, blobs),
    sent: sentVerbs(connection),
    leases: leaseVerbs(connection),
    processes: processVerbs(connection),
    audit: auditVerbs(connection, log),
    answers: answerVerbs(connection),
    upkeep: upkeepVerbs(connection),
    verdictKeys: verdictKeyVerbs(connection, log),
    close: () => connection.close(),
  };
}
