import { z } from '@hono/zod-openapi';
import type { Page, PageRequest } from '../db/verbs.ts';
import type { ApiContext } from './env.ts';

/** Query parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'Items per page, 1 to 200.' }),
  cursor: z.string().max(1000).optional().meta({ description: 'Where to go on; `next` of a page has it.' }),
};

/** A page of a list: its items, and the link to the next page. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().meta({ description: 'Path and query of the next page; null on the last.' }),
  });

export const pageRequest = ({ limit, cursor }: { limit: number; cursor?: string | undefined }): PageRequest => ({
  limit,
  cursor,
});

/** The page as it is answered: the same query with the next cursor, in the body and as `Link`. */
export function answerPage<Row, Item>(c: ApiContext, page: Page<Row>, view: (row: Row) => Item) {
  const next = page.next === null ? null : nextLink(c, page.next);
  if (next) c.header('Link', `<${next}>; rel="next"`);
  return { items: page.items.map(view), next };
}

function nextLink(c: ApiContext, cursor: string): string {
  const url = new URL(c.req.url);
  url.searchParams.set('cursor', cursor);
  return `${url.pathname}${url.search}`;
}
