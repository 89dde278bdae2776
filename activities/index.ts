import type { Steps } from '../workflows/steps.ts';
import { createCheck } from './check.ts';
import { createCheckContract } from './check-contract.ts';
import { createConclude } from './conclude.ts';
import { createConfirm } from './confirm.ts';
import { createDeliver } from './deliver.ts';
import { createDeliverPage } from './deliver-page.ts';
import type { Deps } from './deps.ts';
import { createHosted } from './hosted.ts';
import { createInspect } from './inspect.ts';
import { createOpenReplay } from './open-replay.ts';
import { createTestDestination } from './test-destination.ts';
import { createVerify } from './verify.ts';

/** All steps that the workflows ask for, given what they need. */
export const createActivities = (deps: Deps): Steps => ({
  verify: createVerify(deps),
  check: createCheck(deps),
  inspect: createInspect(deps),
  conclude: createConclude(deps),
  hosted: createHosted(deps),
  deliver: createDeliver(deps),
  confirm: createConfirm(deps),
  openReplay: createOpenReplay(deps),
  deliverPage: createDeliverPage(deps),
  testDestination: createTestDestination(deps),
  checkContract: createCheckContract(deps),
});
