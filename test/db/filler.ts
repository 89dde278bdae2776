import { openSqliteDatabase } from '../../db/sqlite.ts';
import { who } from './world.ts';

/** A process of its own: writes until it may not, and says on its output what stopped it, and what it has by then. */
const [path = ''] = process.argv.slice(2);
const db = openSqliteDatabase({ path });
try {
  for (let i = 0; i < 1000; i++) {
    await db.contracts.put({ name: `c${i}`, text: 'x'.repeat(8192), digest: `d${i}`, ...who(i) });
  }
} catch (error) {
  const { name, message } = error as Error;
  const contracts = (await db.contracts.list({ limit: 500 })).items.length;
  process.stdout.write(JSON.stringify({ name, message, contracts }));
}
db.close();
