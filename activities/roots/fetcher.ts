import { BaseFetcher } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';

/** Fetches for the TUF client until `signal` says stop, and remembers why something could not be had: the client forgets. */
export function createFetcher(signal: AbortSignal): BaseFetcher & { failure(): string | undefined } {
  let failure: string | undefined;
  class Fetcher extends BaseFetcher {
    failure = () => failure;
    async fetch(url: string) {
      const response = await fetch(url, { signal }).catch((error: unknown) => {
        failure = `${url}: ${reasonOf(error)}`;
        throw error;
      });
      if (response.ok && response.body) return response.body;
      // That there is no next version of the root is how the client learns that it has the last.
      if (!(isRoot(url) && [403, 404].includes(response.status))) failure = `${url}: status ${response.status}`;
      await response.body?.cancel();
      throw new DownloadHTTPError(`status ${response.status}`, response.status);
    }
  }
  return new Fetcher();
}

const isRoot = (url: string): boolean => /\/\d+\.root\.json$/.test(url);

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
};
