import { RE2JS } from '@bufbuild/re2';

const KEPT = 200;
const compiled = new Map<string, RE2JS>();

/** Patterns for `matches`, linear in the text (RE2), each compiled once: the evaluator alone would compile at every call. */
export const re2 = {
  compile(pattern: string): RE2JS {
    const known = compiled.get(pattern);
    if (known) return known;
    const made = RE2JS.compile(pattern);
    if (compiled.size >= KEPT) compiled.clear();
    compiled.set(pattern, made);
    return made;
  },
};

/** Longest pattern that a contract may write; repetitions make a long one expensive to compile. */
const MAX_PATTERN = 512;

/** Whether RE2 reads a text as a pattern. */
export function isPattern(text: string): boolean {
  if (text.length > MAX_PATTERN) return false;
  try {
    re2.compile(text);
    return true;
  } catch {
    return false;
  }
}
