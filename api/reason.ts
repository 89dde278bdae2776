import { z } from '@hono/zod-openapi';

/** Why somebody asks for it, for the audit. */
export const reason = z.string().min(1).max(500);
