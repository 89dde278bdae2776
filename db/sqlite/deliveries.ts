import type { Deliveries } from '../deliveries.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';
import { prepareBegin } from './deliveries/begin.ts';
import { commandVerbs } from './deliveries/commands.ts';
import { prepareFinish } from './deliveries/finish.ts';
import { listVerbs } from './deliveries/list.ts';
import { loadVerbs } from './deliveries/load.ts';
import { prepareDeliveryRows } from './deliveries/rows.ts';
import { summaryVerbs } from './deliveries/summaries.ts';
import type { HoldRows } from './hold-rows.ts';

export function deliveryVerbs(connection: Connection, log: Log, holds: HoldRows): Deliveries {
  const rows = prepareDeliveryRows(connection.db);
  return {
    ...loadVerbs(connection),
    ...listVerbs(connection),
    ...summaryVerbs(connection),
    ...commandVerbs(connection, log, rows),
    begin: prepareBegin(connection, rows, holds),
    finish: prepareFinish(connection, rows, holds),
  };
}
