import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

export type WorkflowBundle = { code: string };
/** What a bundle is made from: the folder of `index.ts`, and the folders that it may import from. */
export type BundleSources = { workflows: string; imports: string[] };

const OUR_SOURCES: BundleSources = { workflows: beside('../workflows'), imports: [beside('../attestation')] };
/** Put here when the package is packed: see {@link buildWorkflowBundle}. */
const PREBUILT = beside('workflow-bundle.prebuilt.js');
const KEPT_BUNDLES = 3;

/**
 * The code that workers run workflows from, for `Worker.create({ workflowBundle })`. A packed package brings it along;
 * from a clone it is bundled on first use (about 2 s) and kept in `cacheDir` until a source or the SDK changes.
 */
export async function workflowBundle(options: {
  cacheDir: string;
  sources?: BundleSources;
  prebuilt?: string;
}): Promise<WorkflowBundle> {
  const { cacheDir, sources = OUR_SOURCES, prebuilt = PREBUILT } = options;
  if (existsSync(prebuilt)) return { code: readFileSync(prebuilt, 'utf8') };
  const file = join(cacheDir, `workflows-${hashSources(sources)}.js`);
  if (existsSync(file)) return { code: readFileSync(file, 'utf8') };
  const bundle = await buildWorkflowBundle(sources);
  mkdirSync(cacheDir, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, bundle.code);
  renameSync(draft, file);
  removeOldBundles(cacheDir);
  return bundle;
}

/** Bundles anew, whatever is cached; packing writes its `code` to `workflow-bundle.prebuilt.js` beside this file. */
export async function buildWorkflowBundle(sources: BundleSources = OUR_SOURCES): Promise<WorkflowBundle> {
  const module = (name: string) =>
    [`${name}.ts`, `${name}.js`].map((file) => join(sources.workflows, file)).find(existsSync);
  const workflowsPath = module('index');
  if (!workflowsPath) throw new Error(`expected index.ts or index.js in ${sources.workflows}, found neither`);
  const preload = module('preload');
  const preloadModules = preload ? [preload] : [];
  const { code } = await bundleWorkflowCode({ workflowsPath, preloadModules, logger: new DefaultLogger('ERROR') });
  return { code };
}

/** Over every source that could end up in the bundle, rather than those that do: too many rebuilds, never too few. */
function hashSources(sources: BundleSources): string {
  const hash = createHash('sha256');
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string };
  hash.update(`sdk ${version}\n`);
  for (const folder of [sources.workflows, ...sources.imports]) {
    for (const name of globSync('**/*', { cwd: folder }).sort()) {
      if (!['.ts', '.js'].includes(extname(name))) continue;
      const content = readFileSync(join(folder, name));
      hash.update(`${name} ${content.length}\n`).update(content);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

function removeOldBundles(cacheDir: string): void {
  const bundles = globSync('workflows-*.js', { cwd: cacheDir }).map((name) => join(cacheDir, name));
  const age = (file: string) => -(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  for (const file of bundles.sort((a, b) => age(a) - age(b)).slice(KEPT_BUNDLES)) rmSync(file, { force: true });
}

function beside(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
