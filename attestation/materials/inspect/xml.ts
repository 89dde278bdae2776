import { SaxesParser } from 'saxes';
import { asText } from '../../json.ts';
import { type Findings, notValidated, type Problem, parseText, unreadable } from './findings.ts';

/** An element while it is open. `value` belongs to whoever reads it. */
export type Element<T> = {
  name: string;
  attributes: Record<string, string>;
  parent: Element<T> | undefined;
  /** Which of its name it is under its parent, from 1. */
  nth: number;
  /** Its own characters so far, only as many as a reader needs. */
  text: string;
  value?: T;
};

export type XmlReader<T> = {
  roots: readonly string[];
  open?(element: Element<T>): void;
  close?(element: Element<T>): void;
};

const MOST_DEPTH = 200;
const MOST_TEXT = 4096;

class RefusedXml extends Error {
  readonly findings: Findings;
  constructor(findings: Findings) {
    super('refused');
    this.findings = findings;
  }
}

/** Reads well-formed XML once, from the first element to the last. No entities but XML's five: a DTD is refused. */
export function readXml<T>(bytes: Uint8Array, reader: XmlReader<T>): Findings | undefined {
  const text = parseText(bytes);
  if (!text.ok) return text.findings;
  let current: (Element<T> & { seen?: Map<string, number> }) | undefined;
  let depth = 0;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new RefusedXml(unreadable('expected XML without a DOCTYPE, found one: entities are not read'));
  });
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    if (depth > MOST_DEPTH)
      throw new RefusedXml(
        notValidated(`expected at most ${MOST_DEPTH} levels, found more: nested too deeply to validate`),
      );
    if (!current && !reader.roots.includes(localName(name))) {
      const expected = `expected the root element ${reader.roots.join(' or ')}, found ${name.slice(0, 100)}`;
      throw new RefusedXml(unreadable(expected, `/${name.slice(0, 100)}`));
    }
    const nth = current ? (current.seen?.get(name) ?? 0) + 1 : 1;
    if (current) current.seen = (current.seen ?? new Map<string, number>()).set(name, nth);
    current = { name, attributes, parent: current, nth, text: '' };
    reader.open?.(current);
  });
  parser.on('text', (characters) => {
    if (current && current.text.length < MOST_TEXT) current.text += characters.slice(0, MOST_TEXT);
  });
  parser.on('closetag', () => {
    if (current) reader.close?.(current);
    current = current?.parent;
    depth -= 1;
  });
  try {
    parser.write(text.value).close();
    return undefined;
  } catch (error) {
    if (error instanceof RefusedXml) return error.findings;
    return unreadable(
      `expected well-formed XML: ${error instanceof Error ? error.message.slice(0, 200) : 'unreadable'}`,
    );
  }
}

export const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** Where an element stands: `/testsuites/testsuite[2]/testcase`. */
const pathOf = (element: Element<unknown>): string =>
  `${element.parent ? pathOf(element.parent) : ''}/${element.name}${element.nth > 1 ? `[${element.nth}]` : ''}`;

/** Collects problems, twenty at most; the rest are not looked at in detail. */
export function createProblems() {
  const problems: Problem[] = [];
  return {
    problems,
    add(element: Element<unknown>, message: string, attribute?: string): void {
      if (problems.length < 20)
        problems.push({ path: `${pathOf(element)}${attribute ? `/@${attribute}` : ''}`, message });
    },
  };
}

/** Text without the blanks around it; undefined when nothing is left. */
export const trimmed = (text: string | undefined): string | undefined => asText(text?.trim());
