import { isArchive, type Unpacked, unpack } from './archives.ts';
import { type Findings, found, show, unreadable } from './findings.ts';
import { createProblems, readXml } from './xml.ts';

type Counts = { suites: number; total: number; failed: number; skipped: number };

/** A JUnit report, or an archive of some. There is no published schema: nesting, names and numbers are checked. */
export function inspectJunit(bytes: Buffer): Findings {
  const counts: Counts = { suites: 0, total: 0, failed: 0, skipped: 0 };
  if (!isArchive(bytes, ['zip', 'gzip'])) return inspectReport(bytes, counts) ?? done(counts, 1);
  const unpacked = unpack(bytes, (name) => name.toLowerCase().endsWith('.xml'));
  if (!unpacked.ok) return unpacked.findings;
  if (unpacked.files.length === 0) return unreadable('expected an archive of JUnit reports, found no .xml in it');
  for (const file of unpacked.files) {
    const refused = inspectReport(file.bytes, counts);
    if (refused) return { ...refused, problems: refused.problems.map((problem) => inFile(file, problem)) };
  }
  return done(counts, unpacked.files.length);
}

const inFile = ({ name }: Unpacked, { path, message }: { path?: string; message: string }) => ({
  path: `${name.slice(0, 200)}${path ?? ''}`,
  message,
});

const done = ({ suites, total, failed, skipped }: Counts, files: number): Findings =>
  found([], {
    facts: { suites, tests: { total, passed: total - failed - skipped, failed, skipped }, files },
    mediaType: 'application/xml',
    format: 'JUnit',
  });

const NUMBERS = ['tests', 'failures', 'errors', 'skipped', 'time'];
const PARENTS: Record<string, readonly (string | undefined)[]> = {
  testsuites: [undefined],
  testsuite: [undefined, 'testsuites', 'testsuite'],
  testcase: ['testsuite'],
  failure: ['testcase'],
  skipped: ['testcase', 'testsuite'],
};

/** What is wrong with one report; its counts are added. */
function inspectReport(bytes: Uint8Array, counts: Counts): Findings | undefined {
  const { problems, add } = createProblems();
  const suitesBefore = counts.suites;
  const unread = readXml<'failed' | 'skipped'>(bytes, {
    roots: ['testsuites', 'testsuite'],
    open(element) {
      const { name, attributes, parent } = element;
      const parents = PARENTS[name];
      if (parents && !parents.includes(parent?.name))
        add(
          element,
          `expected ${name} in ${parents.filter(Boolean).join(' or ') || 'no other element'}, found it in ${parent?.name ?? 'none'}`,
        );
      if (name === 'testsuite' || name === 'testsuites') {
        for (const attribute of NUMBERS) {
          const value = attributes[attribute];
          if (value !== undefined && !/^\s*[\d.,]*(e[+-]?\d+)?\s*$/i.test(value.slice(0, 40)))
            add(element, `expected a number, found ${show(value)}`, attribute);
        }
      }
      if (name === 'testsuite') counts.suites += 1;
      if (name === 'testcase' && attributes.name === undefined)
        add(element, 'expected the name of the test, found nothing', 'name');
      if (parent?.name !== 'testcase') return;
      if (name === 'failure' || name === 'error') parent.value = 'failed';
      if (name === 'skipped') parent.value ??= 'skipped';
    },
    close({ name, value }) {
      if (name !== 'testcase') return;
      counts.total += 1;
      if (value) counts[value] += 1;
    },
  });
  if (unread) return unread;
  if (counts.suites === suitesBefore)
    problems.push({ path: '/testsuites', message: 'expected at least one testsuite, found none' });
  return problems.length > 0 ? found(problems, { mediaType: 'application/xml', format: 'JUnit' }) : undefined;
}
