import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXCUSABLE } from '../../../attestation/contract/exceptions.ts';
import { contractJsonSchema } from '../../../attestation/contract/published-schema.ts';
import { contractErrors } from './world.ts';

const text = readFileSync(new URL('../../../docs/contract.md', import.meta.url), 'utf8');
/** Where a block shows single terms, the head that a file begins with is left out. */
const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)]
  .map(([, block = '']) => block)
  .map((block) => (/^(schemaVersion|apiVersion)/m.test(block) ? block : `schemaVersion: v1\n${block}`));

/** Names of all fields, however deep. */
function fieldsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...fieldsIn(inner)]);
}

/** Names of the fields that a schema and everything it defines know, in their one spelling. */
function knownTo(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(knownTo);
  if (typeof schema !== 'object' || schema === null) return [];
  const properties =
    'properties' in schema && typeof schema.properties === 'object' ? Object.keys(schema.properties ?? {}) : [];
  return [...properties, ...Object.values(schema).flatMap(knownTo)].filter((name) => !name.includes('_'));
}

describe('docs/contract.md', () => {
  it.each(examples)('shows a contract that is one: %#', (example) => {
    expect(contractErrors(example)).toEqual([]);
  });

  it('shows every field in an example, or names it', () => {
    const shown = new Set(examples.flatMap((example) => fieldsIn(parse(example))));
    const silent = [...new Set(knownTo(contractJsonSchema()))].filter(
      (field) => !shown.has(field) && !text.includes(`\`${field}\``),
    );
    expect(silent).toEqual(['$schema']);
  });

  it('is right about which checks cannot be excused', () => {
    expect(EXCUSABLE).toContain('signer.threshold');
    expect(EXCUSABLE).not.toContain('signer.undeclared');
  });
});
