import { type Findings, found, known, show } from './findings.ts';
import { createProblems, readXml } from './xml.ts';

/** A JaCoCo report: the totals of the report itself are its facts. */
export function inspectJacoco(bytes: Buffer): Findings {
  const { problems, add } = createProblems();
  let name: string | undefined;
  let lineRate: number | undefined;
  let hasInstructions = false;
  const unread = readXml(withoutDoctype(bytes), {
    roots: ['report'],
    open(element) {
      const { attributes, parent } = element;
      if (!parent) name = attributes.name;
      if (element.name !== 'counter') return;
      const [missed, covered] = [Number(attributes.missed), Number(attributes.covered)];
      if (!(missed >= 0 && covered >= 0)) add(element, 'expected the numbers missed and covered');
      hasInstructions ||= attributes.type === 'INSTRUCTION';
      if (parent && !parent.parent && attributes.type === 'LINE') lineRate = rate(covered, missed + covered);
    },
  });
  if (unread) return unread;
  if (problems.length === 0 && !hasInstructions)
    problems.push({ path: '/report', message: 'expected a counter of type INSTRUCTION, found none' });
  return found(problems, { facts: known({ name, lineRate }), mediaType: 'application/xml', format: 'JaCoCo' });
}

/** A Cobertura report. */
export function inspectCobertura(bytes: Buffer): Findings {
  const { problems, add } = createProblems();
  let lineRate: number | undefined;
  const unread = readXml(withoutDoctype(bytes), {
    roots: ['coverage'],
    open(element) {
      const given = element.attributes['line-rate'];
      if (element.parent || given === undefined) return;
      lineRate = Number(given);
      if (!(lineRate >= 0 && lineRate <= 1))
        add(element, `expected a number from 0 to 1, found ${show(given)}`, 'line-rate');
    },
  });
  return unread ?? found(problems, { facts: known({ lineRate }), mediaType: 'application/xml', format: 'Cobertura' });
}

const rate = (part: number, whole: number): number | undefined =>
  whole > 0 ? Math.round((part / whole) * 1e4) / 1e4 : undefined;

/** Both tools name a DTD, which is never read; one that brings declarations of its own stays, and is refused. */
function withoutDoctype(bytes: Buffer): Buffer {
  const head = bytes.subarray(0, 1024).toString('latin1');
  const doctype = /<!DOCTYPE\s+\w+(\s+(PUBLIC\s+"[^"<>[\]]*"\s*|SYSTEM\s*)"[^"<>[\]]*")?\s*>/.exec(head);
  if (!doctype) return bytes;
  const { index, 0: declaration } = doctype;
  return Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + declaration.length)]);
}
