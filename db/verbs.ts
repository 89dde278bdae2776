/** Who did it, for the audit: a token, or the system itself. */
export type Actor = { id: string; name: string };

export const SYSTEM: Actor = { id: 'system', name: 'system' };

export type Who = { by: Actor; at: string };

/** A page of a list. `next` is an opaque cursor; null at the end. */
export type Page<T> = { items: T[]; next: string | null };

export type PageRequest = { limit: number; cursor?: string | undefined };

/** `changed` is false when the same thing was there already: then nothing was written, not even an audit entry. */
export type Put<T> = { record: T; created: boolean; changed: boolean };
