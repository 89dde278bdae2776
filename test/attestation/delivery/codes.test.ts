import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { integrations } from '../../../activities/integrations/index.ts';
import { COMMON_CODES, type CodeMeaning, meaningOf } from '../../../attestation/delivery/codes.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const ALL: Record<string, CodeMeaning> = Object.assign(
  {},
  COMMON_CODES,
  ...Object.values(integrations).map(({ codes }) => codes),
);

/** Where attempts are made: whatever looks like a code there is one, but for the names of files and placeholders. */
const SOURCES = globSync(['activities/*.ts', 'activities/integrations/**/*.ts', 'attestation/delivery/lost.ts'], {
  cwd: ROOT,
}).filter((file) => !file.endsWith('/codes.ts') && file !== 'activities/verify.ts');
const NO_CODES = ['bom.json', 'component.name', 'component.version', 'ipaddr.js'];

function codesIn(file: string): string[] {
  const text = read(file);
  const dotted = [...text.matchAll(/'([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)'/g)];
  const named = [...text.matchAll(/\bcode: '([a-z][^']+)'/g)];
  const thrown = [...text.matchAll(/DeliveryError\(\s*'[a-z]+',\s*'([^']+)'/g)];
  return [...dotted, ...named, ...thrown].map(([, code = '']) => code).filter((code) => !NO_CODES.includes(code));
}

/** Names and versions that are too long share a line of code. */
const sharedPart = (code: string): string => code.replace(/^project\.(name|version)-/, '-');

describe('the codes of causes', () => {
  it('are all known: what any attempt can fail with has a meaning and a remedy', () => {
    const produced = [...new Set(SOURCES.flatMap(codesIn))].sort();
    expect(produced.length).toBeGreaterThan(30);
    expect(produced.filter((code) => !Object.hasOwn(ALL, code))).toEqual([]);
  });

  it('are all brought about by something: none is a leftover', () => {
    const sources = SOURCES.map(read).join('\n');
    const isMade = (code: string) =>
      code.startsWith('http.') || sources.includes(`'${code}'`) || sources.includes(`${sharedPart(code)}\``);
    expect(Object.keys(ALL).filter((code) => !isMade(code))).toEqual([]);
  });

  it('cover every status that is no success', () => {
    for (let status = 300; status < 600; status++) expect(meaningOf(`http.${status}`)).toBeDefined();
    expect(meaningOf('http.302')).toBe(COMMON_CODES['http.3xx']);
    expect(meaningOf('http.418')).toBe(COMMON_CODES['http.4xx']);
    expect(meaningOf('http.429')).toBe(COMMON_CODES['http.429']);
    expect(meaningOf('none')).toBeUndefined();
    expect(meaningOf('toString')).toBeUndefined();
  });

  it('mean what the integration says where it says something', () => {
    const own = { means: 'it is teapot time', place: 'receiver', remedy: 'Have a cup.' } as const;
    expect(meaningOf('http.418', { 'http.418': own })).toBe(own);
    expect(meaningOf('http.419', { 'http.4xx': own })).toBe(own);
  });

  it('stand in the operators’ guide as they are in the code', () => {
    const text = read('docs/operating.md');
    const table = text.slice(text.indexOf('### What the codes say')).split('\n\n')[2] ?? '';
    expect(table.split('\n').slice(2)).toEqual(rows());
  });
});

/** A line per meaning, with all codes that have it. */
function rows(): string[] {
  const codes = new Map<string, string[]>();
  for (const [code, { means, remedy }] of Object.entries(ALL)) {
    const words = `${means} | ${remedy.replace(/\.$/, '')}`;
    codes.set(words, [...(codes.get(words) ?? []), `\`${code}\``]);
  }
  return [...codes].map(([words, names]) => `| ${names.join(', ')} | ${words} |`);
}
