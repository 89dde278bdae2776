import { existsSync, readFileSync } from 'node:fs';

const folder = '../shared/fixtures/attestations';

/** False where the published test vectors are absent; tests that need them then say so and are skipped. */
export const haveFixtures = existsSync(folder);
if (!haveFixtures)
  console.warn(`SKIPPED: published attestations are not at ${folder}; what real tools produce is not tried.`);

export const fixture = (name: string): Buffer => readFileSync(`${folder}/${name}`);
