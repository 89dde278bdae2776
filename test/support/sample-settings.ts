import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Integration } from '../../activities/integrations/define.ts';
import { checkDestinationSettings } from '../../activities/integrations/index.ts';

/** Settings that an integration accepts. Every secret has `canary` in it: letters and digits that stand nowhere else. */
export type SampleSettings = { config: Record<string, unknown>; secrets: Record<string, string>; canaries: string[] };

type Properties = Record<string, { format?: string; pattern?: string }>;
const propertiesOf = (schema: z.ZodType): { properties: Properties; required: string[] } => {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return { properties: properties as Properties, required };
};

/**
 * Makes settings from the schemas of an integration, one set for each way in which it can be given its address, with as
 * many secrets as go together. Fails for one that no set fits: then its secrets have a format that stands not among the forms below.
 */
export function sampleSettings(integration: Integration, url: string): SampleSettings[] {
  const config = propertiesOf(integration.config);
  const secrets = propertiesOf(integration.secrets);
  const urls = Object.keys(config.properties).filter((name) => config.properties[name]?.format === 'uri');
  const samples = [urls, urls.filter((name) => config.required.includes(name))].flatMap((given) =>
    subsetsOf(Object.keys(secrets.properties).filter((name) => !secrets.required.includes(name))).map((optional) => {
      const canaries: string[] = [];
      const values = [...secrets.required, ...optional].map((name) => {
        const canary = randomBytes(16).toString('hex');
        canaries.push(canary);
        return [name, aSecret(name, secrets.properties[name]?.pattern, canary, url)] as const;
      });
      const filled = Object.fromEntries(given.map((name) => [name, url]));
      return { config: filled, secrets: Object.fromEntries(values), canaries };
    }),
  );
  const accepted = samples.filter((sample) => {
    const names = Object.keys(sample.secrets);
    const given = { config: sample.config, secretNames: names, allow: ['127.0.0.0/8'] };
    return (
      checkDestinationSettings(integration, given).length === 0 &&
      integration.secrets.safeParse(sample.secrets).success &&
      integration.options.safeParse({}).success
    );
  });
  if (accepted.length === 0) throw new Error(`expected settings that ${integration.id} accepts, found none that fit`);
  const isLess = (one: SampleSettings, other: SampleSettings) =>
    one.canaries.length < other.canaries.length && Object.keys(one.config).length === Object.keys(other.config).length;
  return accepted.filter((one) => !accepted.some((other) => isLess(one, other)));
}

/** As it comes, with characters that every encoding changes; else in the form that its pattern asks for. */
function aSecret(name: string, pattern: string | undefined, canary: string, url: string): string {
  const forms = [
    `k/+&="<\\ ${canary}`,
    `${url}/${canary}?token=${canary}`,
    `whsec_${Buffer.from(`key-${canary}-key`).toString('base64')}`,
    canary,
  ];
  const found = forms.find((form) => pattern === undefined || new RegExp(pattern).test(form));
  if (found === undefined) throw new Error(`expected a form of secret that fits ${name} (${pattern}); add one here`);
  return found;
}

function subsetsOf([first, ...others]: readonly string[]): string[][] {
  if (first === undefined) return [[]];
  return subsetsOf(others).flatMap((set) => [set, [first, ...set]]);
}
