import { openSqliteDatabase } from '../../db/sqlite.ts';
import { createWorld, type World } from './world.ts';

/** A process of its own: opens the file, then receives so many attestations as fast as it can, and tells its parent. */
const [path = '', name = '', count = '0'] = process.argv.slice(2);
const db = openSqliteDatabase({ path });
const world: World = await createWorld(db);
process.send?.('open');
process.once('message', async () => {
  for (let i = 0; i < Number(count); i++) {
    await world.receive(`${name}${i}`, i);
    await db.audit.append({ action: 'test', target: name, by: { id: name, name }, at: new Date(i).toISOString() });
  }
  db.close();
  process.disconnect?.();
});
