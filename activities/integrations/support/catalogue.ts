import { z } from 'zod';
import type { Integration } from '../define.ts';
import { checkDestinationUrl } from './addresses.ts';

/** What one integration is, for the API, forms and documentation. The three schemas are JSON Schema (2020-12). */
export const toCatalogueEntry = (integration: Integration) => ({
  id: integration.id,
  title: integration.title,
  summary: integration.summary,
  takes: integration.takes,
  dedupe: integration.dedupe,
  limits: integration.limits,
  testHasEffects: integration.testHasEffects,
  confirms: integration.confirm !== undefined,
  config: jsonSchema(integration.config),
  secrets: jsonSchema(integration.secrets),
  options: jsonSchema(integration.options),
});
export type CatalogueEntry = ReturnType<typeof toCatalogueEntry>;

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

/** Something wrong with given settings; `path` leads to it inside the resource's spec. */
export type SettingProblem = { path: (string | number)[]; code: string; message: string };

/**
 * What is wrong with the settings of a destination before it is registered; none when all is well. Secrets count by
 * name only: their values are sealed on receipt and checked in the worker. A literal private address is told here.
 */
export function checkDestinationSettings(
  integration: Integration,
  given: { config: unknown; secretNames: readonly string[]; allow: readonly string[] },
): SettingProblem[] {
  const config = integration.config.safeParse(given.config);
  const problems = [...issuesOf('config', config.error), ...secretProblems(integration.secrets, given.secretNames)];
  if (!config.success) return problems;
  const refused = integration.refuseSettings?.(config.data, given.secretNames) ?? [];
  return [
    ...problems,
    ...refused.map((message) => ({ path: [], code: 'settings.invalid', message })),
    ...urlProblems(config.data, given.allow),
  ];
}

/** What is wrong with the options of an attachment; none when all is well. */
export const checkAttachmentOptions = (integration: Integration, options: unknown): SettingProblem[] =>
  issuesOf('options', integration.options.safeParse(options).error);

function issuesOf(root: string, error: z.ZodError | undefined): SettingProblem[] {
  return (error?.issues ?? []).map((issue) => ({
    path: [root, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))],
    code: 'settings.invalid',
    message: issue.message,
  }));
}

function secretProblems(schema: z.ZodType, names: readonly string[]): SettingProblem[] {
  const { properties = {}, required = [] } = jsonSchema(schema);
  const problem = (name: string, message: string) => ({ path: ['secrets', name], code: 'settings.invalid', message });
  const known = Object.keys(properties).join(', ') || 'none';
  return [
    ...required.filter((name) => !names.includes(name)).map((name) => problem(name, 'this secret is required')),
    ...names.filter((name) => !(name in properties)).map((name) => problem(name, `unknown secret; known: ${known}`)),
  ];
}

/** Convention: `config.url` is where an integration connects to. */
function urlProblems(config: unknown, allow: readonly string[]): SettingProblem[] {
  const url = typeof config === 'object' && config !== null && 'url' in config ? config.url : undefined;
  if (typeof url !== 'string') return [];
  const verdict = checkDestinationUrl(url, allow);
  return verdict.ok ? [] : [{ path: ['config', 'url'], code: verdict.code, message: verdict.message }];
}
