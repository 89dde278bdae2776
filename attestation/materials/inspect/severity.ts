import { asText } from '../../json.ts';

const LEVELS = ['critical', 'high', 'medium', 'low', 'info'] as const;
type Level = (typeof LEVELS)[number] | 'unknown';

/** How many vulnerabilities there are, in all and by severity; each is counted once, under the worst it is given. */
export type VulnerabilityCounts = Record<Level | 'total', number>;

/** Counts one vulnerability for each list of the severities that it is given: words, or CVSS scores. */
export function countVulnerabilities(given: Iterable<readonly unknown[]>): VulnerabilityCounts {
  const counts = { total: 0, critical: 0, high: 0, medium: 0, low: 0, info: 0, unknown: 0 };
  for (const severities of given) {
    const levels = new Set(severities.map(levelOf));
    counts.total += 1;
    counts[LEVELS.find((level) => levels.has(level)) ?? 'unknown'] += 1;
  }
  return counts;
}

const WORDS = new Map<string, Level>([
  ...LEVELS.map((level): [string, Level] => [level, level]),
  ['moderate', 'medium'],
  ['important', 'high'],
  ['negligible', 'info'],
  ['none', 'info'],
  ['informational', 'info'],
]);

/** The bands of CVSS 3 and 4. */
function levelOf(given: unknown): Level {
  const word = asText(given)?.trim().toLowerCase();
  const named = word === undefined ? undefined : WORDS.get(word);
  if (named) return named;
  const score =
    typeof given === 'number'
      ? given
      : word !== undefined && /^\d{1,2}(\.\d+)?$/.test(word)
        ? Number(word)
        : Number.NaN;
  if (!(score >= 0 && score <= 10)) return 'unknown';
  return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : score > 0 ? 'low' : 'info';
}
