import { isObject } from '../json.ts';

/** A fact in a few words: `total 3, critical 1`, `grype, trivy`. */
export function describeFact(fact: unknown): string {
  if (Array.isArray(fact)) return fact.map(describeFact).join(', ');
  if (!isObject(fact)) return String(fact);
  return Object.entries(fact)
    .map(([name, value]) => `${name} ${describeFact(value)}`)
    .join(', ');
}
