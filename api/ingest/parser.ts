import { Piscina } from 'piscina';
import { problem } from '../problem.ts';
import { moved } from './moved.ts';
import { type Documents, readStatements, type Statements } from './statements.ts';

/** Below this a thread costs more than it saves. */
const INLINE_BYTES = 2 ** 20;
const THREADS = 2;
const MEMORY_MB = 512;
const IDLE_MS = 30_000;
/** 32 MiB take some 300 ms, ten times that where others want the machine. */
const PARSE_MS = 20_000;

/** The documents are given away: they may be gone afterwards. */
export type Parser = (documents: Uint8Array[], maxBytes: number) => Promise<Statements>;

/**
 * Parses what was sent, large documents in a thread: 32 MiB would hold all other requests for a second. Threads start
 * with the first large document, end when there is nothing to do, and keep no process alive. What takes longer than
 * `parseMs` or more memory than a thread has is cut off and refused, and its thread is replaced.
 */
export function createParser({ parseMs = PARSE_MS } = {}): Parser {
  let pool: Piscina | undefined;
  return async (documents, maxBytes) => {
    const size = documents.reduce((sum, document) => sum + document.byteLength, 0);
    if (size <= INLINE_BYTES) return readStatements({ documents, maxBytes });
    pool ??= createPool();
    const owned = documents.map(asOwner);
    const task = moved({ documents: owned, maxBytes } satisfies Documents, new Set(owned.map(({ buffer }) => buffer)));
    const signal = AbortSignal.timeout(parseMs);
    try {
      return (await pool.run(task, { name: 'read', signal })) as Statements;
    } catch (error) {
      if (signal.aborted) throw tooSlow(error);
      throw isOutOfMemory(error) ? tooComplex(error) : error;
    }
  };
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';

const tooSlow = (cause: unknown) =>
  problem(
    503,
    'submissions.busy',
    'what was sent could not be read in time, and nothing of it was recorded; send it again in a moment, and smaller if it is large',
    { cause, headers: { 'retry-after': '5' } },
  );

const tooComplex = (cause: unknown) =>
  problem(
    413,
    'submission.too-complex',
    `expected an attestation that can be read with ${MEMORY_MB} MiB of memory, found one that cannot; nothing of it was recorded`,
    { cause, more: { remedy: 'Send large files as materials, and sign their digests.' } },
  );

/** Small buffers share their memory with others, which must not be given away with them. */
const asOwner = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength
    ? new Uint8Array(bytes.buffer)
    : new Uint8Array(bytes);

function createPool(): Piscina {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const pool = new Piscina({
    filename: new URL(`./thread.${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: THREADS,
    idleTimeout: IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  // A thread that was cut off may meet its other limit while it dies: nobody waits for it, and no process ends for it.
  pool.on('error', (error) => {
    if (!isOutOfMemory(error)) throw error;
  });
  return pool;
}
