import { isDeepStrictEqual } from 'node:util';

/** Whether `given`, written down as JSON, would come back as `stored` is. */
export const sameJson = (stored: unknown, given: unknown): boolean =>
  isDeepStrictEqual(stored, JSON.parse(JSON.stringify(given)));
