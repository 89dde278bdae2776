import { z } from 'zod';

/** The candidate most like `text`, when it is like enough to be meant: at most a third of its letters differ. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const plain = (value: string) => value.toLowerCase().replaceAll(/[-_\s]/g, '');
  const wanted = plain(text).slice(0, 64);
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const other = plain(candidate);
    const isPrefix = wanted.length >= 4 && (other.startsWith(wanted) || wanted.startsWith(other));
    const distance = isPrefix ? 0.5 : editDistance(wanted, other);
    if (
      distance <= Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3)) &&
      (!best || distance < best.distance)
    ) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, (beforeLast[j - 2] ?? 0) + 1);
      row.push(value);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** Names of the fields that a schema knows at a path. */
export function knownFields(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = unwrap(schema);
  const [head, ...rest] = path;
  if (inner instanceof z.ZodObject) {
    const shape = inner.shape as Record<string, z.ZodType>;
    if (head === undefined) return Object.keys(shape);
    const field = shape[String(head)];
    return field ? knownFields(field, rest) : [];
  }
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((option) => knownFields(option as z.ZodType, path));
  if (inner instanceof z.ZodArray && head !== undefined) return knownFields(inner.element as z.ZodType, rest);
  return [];
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
    ? unwrap(schema.unwrap() as z.ZodType)
    : schema;
}
