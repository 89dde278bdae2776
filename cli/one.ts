import { z } from 'zod';
import { describeFact } from '../attestation/materials/describe-fact.ts';
import { Check, StatementVerification } from '../attestation/verdict.ts';
import { DELIVERY_COLUMNS } from './columns.ts';
import { type Io, paint, printable } from './io.ts';
import { progressLine } from './replay-words.ts';
import { field, isRow, type Row } from './rows.ts';
import { printSignatures } from './signatures.ts';
import { printChecks } from './submission.ts';
import { printFields, printTable } from './table.ts';

/** One thing for people: its fields one below the other, nested ones under dotted names, a file's text as it is. */
export function printRow(io: Io, row: Row): void {
  const { text, ...fields } = row;
  printFields(io, flatten(fields, ''));
  if (typeof text === 'string') io.out(`\n${text.trimEnd().split('\n').map(printable).join('\n')}\n`);
}

type Field = readonly [string, string | number | undefined];

const flatten = (row: Row, prefix: string): Field[] =>
  Object.entries(row).flatMap(([name, value]): Field[] => {
    const path = `${prefix}${name}`;
    if (Array.isArray(value))
      return [[path, value.every((item) => !isRow(item)) ? value.join(', ') : JSON.stringify(value)]];
    return isRow(value) ? flatten(value, `${path}.`) : [[path, field(row, name)]];
  });

/** An attestation for people: its verdict, every check, what it brought and where that went. */
export function printAttestation(io: Io, row: Row): void {
  const { checks, materials, deliveries, links, verification, statements: _, verdict, ...rest } = row;
  const colour = verdict === 'accepted' ? 'green' : verdict === 'rejected' ? 'red' : 'yellow';
  io.out(`${paint(io, colour, String(verdict))}\n`);
  printRow(io, { ...rest, ...(isRow(links) && { console: links.console, temporal: links.temporal }) });
  const read = z.array(Check).safeParse(checks).data ?? [];
  if (read.length > 0) {
    io.out('\n');
    printChecks(io, read);
  }
  const verified = z.array(StatementVerification).safeParse(verification).data ?? [];
  if (verified.length > 0) {
    io.out('\n');
    printSignatures(io, verified, String(rest.decidedAt ?? rest.receivedAt));
  }
  const section = (items: unknown, print: (rows: Row[]) => void) => {
    if (!Array.isArray(items) || items.length === 0) return;
    io.out('\n');
    print(items.filter(isRow));
  };
  section(materials, (rows) => printTable(io, MATERIAL_COLUMNS, rows));
  section(deliveries, (rows) =>
    printTable(
      io,
      DELIVERY_COLUMNS(io).filter(({ title }) => BRIEF.includes(title)),
      rows,
    ),
  );
}

const BRIEF = ['ID', 'DESTINATION', 'MATERIAL', 'STATE'];

const MATERIAL_COLUMNS = [
  ...['name', 'type', 'how', 'size', 'sha256'].map((name) => ({
    title: name.toUpperCase(),
    value: (row: Row) => field(row, name),
  })),
  { title: 'CONTENT', value: contentOf },
];

/** How its content stands, and what it says: `schema: components 62, licenses 3`. */
function contentOf({ validation, facts }: Row): string | undefined {
  const stands = isRow(validation)
    ? validation.outcome === 'valid'
      ? validation.checked
      : validation.outcome
    : undefined;
  const says = isRow(facts) ? describeFact(facts) : '';
  return [stands, says].filter(Boolean).join(': ') || undefined;
}

/** A replay for people: how far it is, what it is about, and why some of it is open. */
export function printReplay(io: Io, row: Row): void {
  const { problems, holds: _, links, ratePerSecond: __, secondsLeft: ___, ...rest } = row;
  printFields(io, [['progress', progressLine(row)]]);
  printRow(io, { ...rest, ...(isRow(links) && { console: links.console, temporal: links.temporal }) });
  const causes = Array.isArray(problems) ? problems.filter(isRow) : [];
  if (causes.length === 0) return;
  io.out('\n');
  printTable(io, PROBLEM_COLUMNS, causes);
}

const PROBLEM_COLUMNS = [
  { title: 'OPEN BECAUSE', value: (row: Row) => field(row, 'code') },
  { title: 'COUNT', value: (row: Row) => field(row, 'count') },
  { title: 'EXAMPLE', value: (row: Row) => field(row, 'example', 'deliveryId') },
  { title: 'MESSAGE', value: (row: Row) => field(row, 'example', 'message') },
];

/** A trusted root for people: what it asks for, and every certificate that it trusts. Its spec is for `--json`. */
export function printRoot(io: Io, { spec: _, profile, ...rest }: Row): void {
  const { authorities, timestampAuthorities, ...said } = isRow(profile) ? profile : {};
  printRow(io, { ...rest, ...said });
  const certificates = (role: string, rows: unknown) =>
    Array.isArray(rows) ? rows.filter(isRow).map((row) => ({ role, ...row })) : [];
  const trusted = [...certificates('signers', authorities), ...certificates('time', timestampAuthorities)];
  if (trusted.length === 0) return;
  io.out('\n');
  printTable(io, CERTIFICATE_COLUMNS, trusted);
}

const CERTIFICATE_COLUMNS = [
  ['VOUCHES FOR', 'role'],
  ['SUBJECT', 'subject'],
  ['VALID UNTIL', 'validUntil'],
  ['FINGERPRINT', 'fingerprint'],
].map(([title = '', name = '']) => ({ title, value: (row: Row) => field(row, name) }));
