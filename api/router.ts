import { OpenAPIHono, type z } from '@hono/zod-openapi';
import type { ApiEnv } from './env.ts';
import { problem } from './problem.ts';

/** A part of the API: what its schemas refuse is answered as a problem that names each place. */
export const createRouter = (): OpenAPIHono<ApiEnv> =>
  new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw refusedBySchema(result.target, result.error);
    },
  });

const PLACES: Record<string, string> = { json: 'body', query: 'query', param: 'path', header: 'headers' };

function refusedBySchema(target: string, error: z.ZodError): Error {
  const place = PLACES[target] ?? target;
  const errors = error.issues.map((issue) => ({
    path: [place, ...issue.path.map(String)].join('.'),
    message: issue.message,
  }));
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return problem(400, 'request.invalid', detail, { more: { errors } });
}

/** A JSON body of a route. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  content: { 'application/json': { schema } },
  required: true,
});

/** Bytes or text, which no schema describes, under these media types. */
export const raw = (description: string, ...mediaTypes: string[]) => ({
  description,
  content: Object.fromEntries(
    mediaTypes.map((mediaType) => [mediaType, { schema: { type: 'string' as const, format: 'binary' } }]),
  ),
});

/** A JSON answer of a route. */
export const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
});
