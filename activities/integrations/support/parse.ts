import type { z } from 'zod';

/** JSON of an expected shape, or undefined: receivers label plain text as JSON, and proxies answer in HTML. */
export function parseAs<T extends z.ZodType>(schema: T, text: string): z.output<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A URL below a base, whose path (with or without trailing slash) is kept and whose query is dropped. */
export function below(base: string, path: string, query: Record<string, string | undefined> = {}): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  url.search = '';
  url.hash = '';
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}
