/** Ends a download that falls silent: `signal` fires when nothing was heard for `ms`. */
function createPatience(ms: number) {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new DOMException('nothing came', 'TimeoutError')), ms);
  return { signal: silence.signal, hear: () => void timer.refresh(), end: () => clearTimeout(timer) };
}

export type Download = {
  status: number;
  mediaType: string;
  /** The bytes as they come, to be read once. Breaking off is fine. */
  bytes: AsyncIterable<Uint8Array>;
};

/**
 * An answer of any length that is read as it comes: it may take as long as it likes, and fails when nothing came for `ms`.
 * `ask` sends the request with the signal that it is given.
 */
export async function download(ms: number, ask: (signal: AbortSignal) => Promise<Response>): Promise<Download> {
  const patience = createPatience(ms);
  try {
    const answer = await ask(patience.signal);
    const mediaType = answer.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    return { status: answer.status, mediaType, bytes: listen(answer.body ?? [], patience) };
  } catch (error) {
    patience.end();
    throw error;
  }
}

async function* listen(
  chunks: AsyncIterable<Uint8Array> | Uint8Array[],
  patience: ReturnType<typeof createPatience>,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) {
      yield chunk;
      patience.hear();
    }
  } finally {
    patience.end();
  }
}
