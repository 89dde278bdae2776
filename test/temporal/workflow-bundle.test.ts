import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workflowBundle } from '../../temporal/workflow-bundle.ts';

let root: string;
let cacheDir: string;
const write = (path: string, text: string) => writeFileSync(join(root, path), text);
const bundle = (prebuilt = join(root, 'no.js')) =>
  workflowBundle({
    cacheDir,
    prebuilt,
    sources: { workflows: join(root, 'workflows'), imports: [join(root, 'core')] },
  });

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'waybill-bundle-'));
  cacheDir = join(root, 'cache');
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'workflows'));
  mkdirSync(join(root, 'core'));
  write('core/names.ts', "export const GREETING: string = 'good morning';");
  write(
    'workflows/index.ts',
    "import { GREETING } from '../core/names.ts';\nexport const hello = async () => GREETING;",
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('workflow bundle', { timeout: 60_000 }, () => {
  it('holds the workflows and what they import', async () => {
    const { code } = await bundle();
    expect(code).toContain('good morning');
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  it('comes from the cache while nothing has changed', async () => {
    const [name = ''] = readdirSync(cacheDir);
    write(join('cache', name), 'the cached one');
    expect(await bundle()).toEqual({ code: 'the cached one' });
  });

  it('is made anew when an imported source changes', async () => {
    write('core/names.ts', "export const GREETING: string = 'good evening';");
    expect((await bundle()).code).toContain('good evening');
    expect(readdirSync(cacheDir)).toHaveLength(2);
  });

  it('is made anew when a file gets another name', async () => {
    write('core/more.ts', '');
    expect((await bundle()).code).toContain('good evening');
    expect(readdirSync(cacheDir)).toHaveLength(3);
  });

  it('keeps the last three', async () => {
    write('core/yet-more.ts', '');
    await bundle();
    expect(readdirSync(cacheDir)).toHaveLength(3);
  });

  it('is the prebuilt one where the package brings it along', async () => {
    write('prebuilt.js', 'packed');
    expect(await bundle(join(root, 'prebuilt.js'))).toEqual({ code: 'packed' });
  });

  it('says which folder lacks an index', async () => {
    const sources = { workflows: join(root, 'core'), imports: [] };
    await expect(workflowBundle({ cacheDir, sources, prebuilt: join(root, 'no.js') })).rejects.toThrow(
      `expected index.ts or index.js in ${join(root, 'core')}`,
    );
  });
});
