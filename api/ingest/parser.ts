import { Piscina } from 'piscina';
import { moved } from './moved.ts';
import { type Documents, readStatements, type Statements } from './statements.ts';

/** Below this a thread costs more than it saves. */
const INLINE_BYTES = 2 ** 20;
const THREADS = 2;
const MEMORY_MB = 512;
const IDLE_MS = 30_000;

/** The documents are given away: they may be gone afterwards. */
export type Parser = (documents: Uint8Array[], maxBytes: number) => Promise<Statements>;

/**
 * Parses what was sent, large documents in a thread: 32 MiB would hold all other requests for a second. Threads start
 * with the first large document, end when there is nothing to do, and keep no process alive.
 */
export function createParser(): Parser {
  let pool: Piscina | undefined;
  return async (documents, maxBytes) => {
    const size = documents.reduce((sum, document) => sum + document.byteLength, 0);
    if (size <= INLINE_BYTES) return readStatements({ documents, maxBytes });
    pool ??= createPool();
    const owned = documents.map(asOwner);
    const task = moved({ documents: owned, maxBytes } satisfies Documents, new Set(owned.map(({ buffer }) => buffer)));
    return (await pool.run(task, { name: 'read' })) as Statements;
  };
}

/** Small buffers share their memory with others, which must not be given away with them. */
const asOwner = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength
    ? new Uint8Array(bytes.buffer)
    : new Uint8Array(bytes);

function createPool(): Piscina {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Piscina({
    filename: new URL(`./thread.${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: THREADS,
    idleTimeout: IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
}
