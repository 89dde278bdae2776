export { attestation } from './attestation.ts';
export { backfill } from './backfill.ts';
export { contractCheck } from './contract-check.ts';
export { destinationTest } from './destination-test.ts';
export { redelivery } from './redelivery.ts';
