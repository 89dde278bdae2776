import { DeliveryError, type DeliveryForIntegration } from '../../define.ts';
import { placeholdersOf, render } from '../templates.ts';
import { DEFAULT_NAME, DEFAULT_VERSION, type Options } from './options.ts';

/** Which project a delivery goes to: by uuid, or by name and perhaps version. Names are trimmed, as on upload. */
export type Project = { uuid: string } | { name: string; version?: string | undefined };
export type MainComponent = { name?: string | undefined; version?: string | undefined };
type ProjectVerdict = { ok: true; project: Project } | { ok: false; code: string; message: string };

const LONGEST = 255;

/**
 * Decides the project. What the SBOM says of itself comes from the material's facts (`mainComponent: { name, version }`);
 * only where it was not inspected, from `bom`. So the order of deliveries and the upload always mean the same project.
 */
function planProject(
  options: Options,
  delivery: Omit<DeliveryForIntegration, 'attempt'>,
  bom: MainComponent,
): ProjectVerdict {
  if (options.projectUuid !== undefined) return { ok: true, project: { uuid: options.projectUuid } };
  const component = isInspected(delivery) ? mainComponent(delivery.material?.facts) : bom;
  const values = {
    project: delivery.project,
    pipeline: delivery.pipeline,
    material: delivery.material?.name,
    'component.name': component.name,
    'component.version': component.version,
  };
  const name = render(options.projectName ?? DEFAULT_NAME, values);
  if (!name.ok) return missing('projectName', name.missing);
  const version = render(options.projectVersion ?? DEFAULT_VERSION, values);
  if (!version.ok && options.projectVersion !== undefined) return missing('projectVersion', version.missing);
  return checkLengths(clean(name.text), version.ok ? clean(version.text) : '');
}

/** As `planProject`, but throws with scope `delivery`: an operator changes the attachment or the SBOM. */
export function projectFor(options: Options, delivery: DeliveryForIntegration, bom: MainComponent): Project {
  const verdict = planProject(options, delivery, bom);
  if (verdict.ok) return verdict.project;
  throw new DeliveryError('delivery', verdict.code, verdict.message);
}

/**
 * Deliveries with the same key overwrite each other: name and version together, because an older version is another
 * project, which a newer one must not supersede. None where the project can be known from the SBOM's bytes only.
 */
export function orderKey(options: Options, delivery: Omit<DeliveryForIntegration, 'attempt'>): string | undefined {
  const templates = [options.projectName ?? DEFAULT_NAME, options.projectVersion ?? DEFAULT_VERSION];
  const needsComponent = templates.flatMap(placeholdersOf).some((name) => name.startsWith('component.'));
  if (needsComponent && options.projectUuid === undefined && !isInspected(delivery)) return undefined;
  const verdict = planProject(options, delivery, {});
  if (!verdict.ok) return undefined;
  const { project } = verdict;
  return 'uuid' in project ? project.uuid : JSON.stringify([project.name, project.version ?? null]);
}

function checkLengths(name: string, version: string): ProjectVerdict {
  if (name === '') return refuse('project.name-blank', 'expected a project name, got only blanks');
  for (const [what, text] of [['name', name] as const, ['version', version] as const])
    if (text.length > LONGEST)
      return refuse(
        `project.${what}-too-long`,
        `expected a project ${what} of at most ${LONGEST} characters, got ${text.length}; change project${what === 'name' ? 'Name' : 'Version'} of the attachment`,
      );
  return { ok: true, project: version === '' ? { name } : { name, version } };
}

const missing = (setting: string, value: string): ProjectVerdict =>
  refuse(
    'project.value-missing',
    `${setting} asks for {{${value}}}, which this SBOM does not have; change ${setting} of the attachment, or let the SBOM name its main component`,
  );
const refuse = (code: string, message: string): ProjectVerdict => ({ ok: false, code, message });
const clean = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').trim();

const isInspected = (delivery: Omit<DeliveryForIntegration, 'attempt'>): boolean =>
  Object.keys(delivery.material?.facts ?? {}).length > 0;

function mainComponent(facts: Record<string, unknown> | undefined): MainComponent {
  const component = facts?.mainComponent;
  if (typeof component !== 'object' || component === null) return {};
  const { name, version } = component as Record<string, unknown>;
  return { ...(typeof name === 'string' ? { name } : {}), ...(typeof version === 'string' ? { version } : {}) };
}
