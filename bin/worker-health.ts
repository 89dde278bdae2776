import { openSqliteDatabase } from '../db/sqlite.ts';
import { loadConfig } from './config.ts';

/** For container health checks: exit 0 while some worker of this database has been heard of in the last half minute. */
const HEARD_WITHIN_MS = 30_000;

const db = openSqliteDatabase({ path: loadConfig(process.env).database });
const live = await db.processes.live('worker', new Date(Date.now() - HEARD_WITHIN_MS).toISOString());
db.close();
process.exitCode = live.length > 0 ? 0 : 1;
