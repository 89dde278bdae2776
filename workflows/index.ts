export { attestation } from './attestation.ts';
export { destinationTest } from './destination-test.ts';
export { redelivery } from './redelivery.ts';
