import { isUtf8 } from 'node:buffer';
import { type Findings, found, unreadable } from './findings.ts';

/** A CSV file whose first line names certain columns; UTF-16, as Sysinternals writes it, is understood. */
export function inspectCsv(bytes: Buffer, columns: readonly string[]): Findings {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  const head = bytes.subarray(0, 16_384).toString(wide ? 'utf16le' : 'utf8');
  const header = (head.split(/\r?\n/, 1)[0] ?? '').replace(/^\uFEFF/, '').split(/[,\t]/);
  const names = header.map((name) => name.replaceAll('"', '').trim());
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length === 0) return found([]);
  const expected = `expected the columns ${columns.join(' and ')} in the first line`;
  return unreadable(`${expected}, found no ${missing.join(' and no ')}`, '/1');
}

/** What a CI wrote: text, whatever its encoding; logs carry the bytes of every tool that ran. */
export function inspectLog(bytes: Buffer): Findings {
  if (bytes.includes(0)) return unreadable('expected text, found a zero byte');
  let lines = bytes.at(-1) === NEWLINE ? 0 : 1;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return found([], { facts: { lines, utf8: isUtf8(bytes) }, mediaType: 'text/plain' });
}

const NEWLINE = 10;
