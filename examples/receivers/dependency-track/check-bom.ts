import { type Answer, problem, uncaught } from './answers.ts';

export type BomVerdict = { ok: true; components: number } | { ok: false; answer: Answer };

/** What the real server says to a document, its 500 for a truncated one included. */
export function checkBom(bytes: Buffer, serverVersion: string): BomVerdict {
  const source = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim();
  if (source.startsWith('<')) return { ok: true, components: source.split('<component ').length - 1 };
  const bom = parse(source);
  if (bom === undefined)
    return { ok: false, answer: source.startsWith('{') ? uncaught() : invalid('BOM is neither valid JSON nor XML') };
  if (typeof bom.specVersion !== 'string')
    return { ok: false, answer: invalid('Unable to determine schema version from JSON') };
  if (!knows(bom.specVersion, serverVersion))
    return { ok: false, answer: invalid(`Unrecognized specVersion ${bom.specVersion}`) };
  const components = Array.isArray(bom.components) ? bom.components : [];
  const errors = components.flatMap((component, index) =>
    typeof component?.name === 'string' ? [] : [`$.components[${index}]: required property 'name' not found`],
  );
  if (errors.length > 0) return { ok: false, answer: invalid('Schema validation failed', errors) };
  return { ok: true, components: components.length };
}

type Bom = { specVersion?: unknown; components?: unknown };

function parse(source: string): Bom | undefined {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function knows(specVersion: string, serverVersion: string): boolean {
  const [major = 0, minor = 0] = serverVersion.split('.').map(Number);
  if (specVersion === '1.7') return major > 5 || (major === 5 && minor >= 1);
  return /^1\.[2-6]$/.test(specVersion);
}

const invalid = (detail: string, errors?: string[]): Answer =>
  problem(400, 'The uploaded BOM is invalid', detail, errors);
