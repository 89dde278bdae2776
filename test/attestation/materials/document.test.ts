import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MATERIAL_TYPES, type MaterialTypeRow, materialType } from '../../../attestation/materials/types.ts';

const code = (word: string) => `\`${word}\``;
const lineOf = ({ type, number, recognisedBy, depth, facts }: MaterialTypeRow): string =>
  `| ${[code(type), number ?? '', recognisedBy.replaceAll('|', '\\|'), code(depth), facts.map(code).join(', ')].join(' | ')} |`;

it('docs/materials.md has the table as it is; UPDATE_MATERIALS=1 rewrites it', () => {
  const path = new URL('../../../docs/materials.md', import.meta.url);
  const rows = MATERIAL_TYPES.map(materialType).filter((row) => row !== undefined);
  const table = ['| type | # | recognised by | checked | facts |', '|---|---|---|---|---|', ...rows.map(lineOf)].join(
    '\n',
  );
  const written = readFileSync(path, 'utf8');
  const [before = '', rest = ''] = written.split('<!-- types -->\n');
  const document = `${before}<!-- types -->\n${table}\n<!-- /types -->${rest.split('<!-- /types -->')[1] ?? ''}`;
  if (process.env.UPDATE_MATERIALS) writeFileSync(path, document);
  expect(readFileSync(path, 'utf8')).toBe(document);
});
