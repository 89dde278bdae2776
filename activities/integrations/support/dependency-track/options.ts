import { z } from 'zod';
import { placeholdersOf } from '../templates.ts';

const PLACEHOLDERS = ['project', 'pipeline', 'material', 'component.name', 'component.version'] as const;

const template = (description: string) =>
  z
    .string()
    .min(1)
    .max(500)
    .refine((text) => placeholdersOf(text).every((name) => PLACEHOLDERS.some((known) => known === name)), {
      error: `expected only the placeholders ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(', ')}`,
    })
    .meta({ description });

export const DEFAULT_NAME = '{{project}}/{{pipeline}}/{{material}}';
export const DEFAULT_VERSION = '{{component.version}}';

/** Settings of an attachment to Dependency-Track. */
export const Options = z
  .strictObject({
    projectUuid: z.uuid().optional().meta({ description: 'An existing project. Not together with a name or version.' }),
    projectName: template(
      `Name of the project, with ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(' ')}. Default ${DEFAULT_NAME}: two SBOMs never overwrite each other.`,
    ).optional(),
    projectVersion: template(
      `Version of the project, same placeholders. Default ${DEFAULT_VERSION}; left out where the SBOM names none.`,
    ).optional(),
    autoCreate: z.boolean().default(true).meta({
      description: 'Create a missing project; the key needs PROJECT_CREATION_UPLOAD or PORTFOLIO_MANAGEMENT.',
    }),
    isLatest: z.boolean().default(false).meta({
      description: 'Mark the version as the latest. Dependency-Track heeds it only when it creates the version.',
    }),
    tags: z
      .array(z.string().regex(/^[^,]+$/, 'expected a tag without comma'))
      .max(10)
      .default([])
      .meta({
        description:
          'Tags. Heeded when the project is created; later changes need PORTFOLIO_MANAGEMENT and are ignored silently without.',
      }),
    parentUuid: z.uuid().optional().meta({ description: 'Parent project. Heeded when the project is created.' }),
    parentName: z.string().trim().min(1).max(255).optional(),
    parentVersion: z.string().trim().min(1).max(255).optional(),
  })
  .refine((o) => !o.projectUuid || (!o.projectName && !o.projectVersion), {
    error: 'expected either projectUuid or projectName and projectVersion, got both',
  })
  .refine((o) => !o.parentUuid || (!o.parentName && !o.parentVersion), {
    error: 'expected either parentUuid or parentName and parentVersion, got both',
  })
  .refine((o) => !o.parentVersion || o.parentName, { error: 'expected parentName with parentVersion' });
export type Options = z.output<typeof Options>;
