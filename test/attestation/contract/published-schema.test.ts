import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseContract } from '../../../attestation/contract/parse.ts';
import { contractJsonSchema } from '../../../attestation/contract/published-schema.ts';

const fixtures = '../shared/fixtures/contracts';
const haveFixtures = existsSync(fixtures);
if (!haveFixtures) console.warn(`SKIPPED: published contracts are not at ${fixtures}.`);
const folders = ['examples/contracts', ...(haveFixtures ? [fixtures] : [])];
const contracts = [
  ...folders.flatMap((folder) => readdirSync(folder).map((file) => `${folder}/${file}`)),
  'examples/resources/skynet-contract.yaml',
];

const validate = addFormats.default(new Ajv2020.default({ strict: false })).compile(contractJsonSchema());

describe('the published schema of contracts', () => {
  it('is docs/contract.schema.json; UPDATE_CONTRACT_SCHEMA=1 rewrites it', () => {
    const path = new URL('../../../docs/contract.schema.json', import.meta.url);
    const current = `${JSON.stringify(contractJsonSchema(), undefined, 2)}\n`;
    if (process.env.UPDATE_CONTRACT_SCHEMA) writeFileSync(path, current);
    expect(readFileSync(path, 'utf8')).toBe(current);
  });

  it.each(contracts)('agrees with the parser on %s', (file) => {
    const text = readFileSync(file, 'utf8');
    expect(parseContract(text, 'test')).toMatchObject({ ok: true });
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
  });

  const v1 = (text: string) => `schemaVersion: v1\n${text}\n`;
  it.each([
    ['an unknown field', v1('material: []')],
    ['an unknown type', v1('materials: [{ type: SBOM, name: a }]')],
    ['a day that is none', v1('rules: [{ name: a, expr: "true", enforceFrom: 2027-02-30 }]')],
    ['an exception without an end', v1('exceptions: [{ check: env.missing, reason: a, approvedBy: b }]')],
    [
      'an exception from a signature',
      v1('exceptions: [{ check: signer.undeclared, until: 2027-01-31, reason: a, approvedBy: b }]'),
    ],
  ])('refuses %s, as the parser does', (_, text) => {
    expect(parseContract(text, 'test')).toMatchObject({ ok: false });
    expect(validate(parse(text))).toBe(false);
  });

  it('lets a file name its schema, and protobuf’s spelling of a field', () => {
    const text = JSON.stringify({
      $schema: '../docs/contract.schema.json',
      schemaVersion: 'v1',
      env_allow_list: ['A', { name: 'B', enforceFrom: '2027-01-31' }],
      materials: [{ type: 'STRING', name: 'a', skip_upload: true }],
    });
    expect(parseContract(text, 'test')).toMatchObject({ ok: true });
    expect(validate(JSON.parse(text))).toBe(true);
  });
});
