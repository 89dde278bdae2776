/** Values that settings may refer to as `{{name}}`. */
export type TemplateValues = Readonly<Record<string, string | undefined>>;

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The names that a template refers to. */
export const placeholdersOf = (template: string): string[] =>
  [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');

/** The template with its values filled in, or the name of the first one that is missing. */
export function render(
  template: string,
  values: TemplateValues,
): { ok: true; text: string } | { ok: false; missing: string } {
  const missing = placeholdersOf(template).find((name) => values[name] === undefined);
  if (missing !== undefined) return { ok: false, missing };
  return { ok: true, text: template.replace(PLACEHOLDER, (_, name: string) => values[name] ?? '') };
}
