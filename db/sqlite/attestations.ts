import type { Attestations } from '../attestations.ts';
import { concludeVerbs } from './attestations/conclude.ts';
import { pinVerbs } from './attestations/pin.ts';
import { readVerbs } from './attestations/read.ts';
import { receiveVerbs } from './attestations/receive.ts';
import { prepareAttestationRows } from './attestations/rows.ts';
import type { Log } from './audit.ts';
import type { BlobRows } from './blob-rows.ts';
import type { Connection } from './connection.ts';

export function attestationVerbs(connection: Connection, log: Log, blobs: BlobRows): Attestations {
  const rows = prepareAttestationRows(connection.db);
  return {
    ...receiveVerbs(connection, log, rows, blobs),
    ...pinVerbs(connection, rows),
    ...concludeVerbs(connection, rows),
    ...readVerbs(connection, rows),
  };
}
