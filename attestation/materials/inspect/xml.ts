import { SaxesParser } from 'saxes';
import { type Findings, known, parseText } from './findings.ts';
import { isArchive } from './other-formats.ts';

type Element = { name: string; depth: number; attributes: Record<string, string> };

/** A JUnit report, or an archive of some (which is not opened). */
export function inspectJunit(bytes: Buffer): Findings {
  if (isArchive(bytes, ['zip', 'gzip'])) return { problems: [], facts: { opened: false } };
  const counts = { suites: 0, tests: 0, failures: 0, errors: 0, skipped: 0 };
  const problems = readXml(bytes, ['testsuites', 'testsuite'], ({ name }) => {
    if (name === 'testsuite') counts.suites += 1;
    if (name === 'testcase') counts.tests += 1;
    if (name === 'failure') counts.failures += 1;
    if (name === 'error') counts.errors += 1;
    if (name === 'skipped') counts.skipped += 1;
  });
  if (problems.length === 0 && counts.suites === 0) {
    problems.push({ path: '/testsuites', message: 'expected at least one testsuite, found none' });
  }
  return { problems, facts: counts, mediaType: 'application/xml' };
}

/** Well-formed XML with one of these root elements. */
export function inspectXml(bytes: Buffer, roots: readonly string[]): Findings {
  let facts: Record<string, unknown> = {};
  const problems = readXml(bytes, roots, ({ depth, attributes }) => {
    if (depth === 1) facts = known({ name: attributes.name, lineRate: attributes['line-rate'] });
  });
  return { problems, facts, mediaType: 'application/xml' };
}

function readXml(bytes: Buffer, roots: readonly string[], onElement: (element: Element) => void): Findings['problems'] {
  const text = parseText(bytes);
  if (!text.ok) return text.findings.problems;
  const problems: Findings['problems'] = [];
  let depth = 0;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    if (depth === 1 && !roots.includes(name)) {
      problems.push({ path: `/${name}`, message: `expected the root element ${roots.join(' or ')}, found ${name}` });
    }
    onElement({ name, depth, attributes });
  });
  parser.on('closetag', () => {
    depth -= 1;
  });
  try {
    parser.write(text.value).close();
  } catch (error) {
    return [
      { message: `expected well-formed XML: ${error instanceof Error ? error.message.slice(0, 200) : 'unreadable'}` },
    ];
  }
  return problems;
}
