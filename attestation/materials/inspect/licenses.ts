import { asText } from '../../json.ts';

/** Different licences, by their id, name or expression as written, and how many components say none. */
export function createLicenseCount() {
  const different = new Set<string>();
  let unlicensed = 0;
  return {
    /** The licences of one component. */
    add(given: readonly unknown[]): void {
      const said = given.map(asText).filter((license) => license !== undefined && !UNSAID.has(license));
      if (said.length === 0) unlicensed += 1;
      for (const license of said) different.add(license ?? '');
    },
    counts: () => ({ licenses: different.size, unlicensed }),
  };
}

/** What SPDX writes where nothing is known. */
const UNSAID: ReadonlySet<string | undefined> = new Set(['NOASSERTION', 'NONE']);
