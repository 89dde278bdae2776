import { afterEach, beforeEach, describe } from 'vitest';
import { describeCommands } from './suite/commands.ts';
import { describeDeliveries } from './suite/deliveries.ts';
import { describeHolds } from './suite/holds.ts';
import { describeHosts } from './suite/hosts.ts';
import { describeHousekeeping } from './suite/housekeeping.ts';
import { describeIngest } from './suite/ingest.ts';
import { describeJudgements } from './suite/judgements.ts';
import { describeLists } from './suite/lists.ts';
import { describeLost } from './suite/lost.ts';
import { describeMany } from './suite/many.ts';
import { describeOrder } from './suite/order.ts';
import { describeReplays } from './suite/replays.ts';
import { describeResources } from './suite/resources.ts';
import { describeSearch } from './suite/search.ts';
import { describeUnconfirmed } from './suite/unconfirmed.ts';
import { describeUpkeep } from './suite/upkeep.ts';
import { createWorld, type OpenDatabase, type World } from './world.ts';

/** What every backend of `Database` must do. */
export function describeDatabase(open: OpenDatabase): void {
  let current: World | undefined;
  const world = (): World => {
    if (!current) throw new Error('the world is made before each test');
    return current;
  };
  beforeEach(async () => {
    current = await createWorld(await open());
  });
  afterEach(() => current?.db.close());

  describe('resources', () => describeResources(world));
  describe('ingest', () => describeIngest(world));
  describe('judgements', () => describeJudgements(world));
  describe('search', () => describeSearch(world));
  describe('deliveries', () => describeDeliveries(world));
  describe('lost attempts', () => describeLost(world));
  describe('what is never confirmed', () => describeUnconfirmed(world));
  describe('order', () => describeOrder(world));
  describe('holds', () => describeHolds(world));
  describe('commands', () => describeCommands(world));
  describe('acting on many', () => describeMany(world));
  describe('lists', () => describeLists(world));
  describe('hosts', () => describeHosts(world));
  describe('replays', () => describeReplays(world));
  describe('housekeeping', () => describeHousekeeping(world));
  describe('upkeep', () => describeUpkeep(world));
}
