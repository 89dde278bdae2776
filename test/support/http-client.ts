/** What the API answered. `body` is JSON as it came, or text. */
export type Answer<Body = unknown> = { status: number; headers: Headers; body: Body; text: string };

/** A small client that speaks as anybody would; answers of every status resolve, only a lost connection rejects. */
export type HttpClient = {
  get<Body>(path: string, headers?: Record<string, string>): Promise<Answer<Body>>;
  put<Body>(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer<Body>>;
  post<Body>(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<Body>>;
  delete(path: string): Promise<Answer>;
  /** As `put`, but anything except 200 and 201 throws: for what a test only sets up. */
  apply(path: string, body: unknown, headers?: Record<string, string>): Promise<void>;
  /** The text of every answer so far, errors included. */
  heard: readonly string[];
};

/** `url` is asked at each call: it may change when the API starts again. */
export function createHttpClient(url: () => string, token: string): HttpClient {
  const heard: string[] = [];
  const call = async <Body>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof FormData;
    const answer = await fetch(new URL(path, url()), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined || isRaw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: (isRaw ? body : JSON.stringify(body)) as NonNullable<RequestInit['body']> }),
      redirect: 'manual',
    });
    const text = await answer.text();
    heard.push(text);
    return { status: answer.status, headers: answer.headers, body: parse(text) as Body, text };
  };
  return {
    heard,
    get: (path, headers) => call('GET', path, undefined, headers),
    put: (path, body, headers) => call('PUT', path, body, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
    delete: (path) => call('DELETE', path),
    async apply(path, body, headers) {
      const { status, text } = await call('PUT', path, body, headers);
      if (status !== 200 && status !== 201) throw new Error(`PUT ${path} was answered ${status}: ${text}`);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
