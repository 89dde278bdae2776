import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** One event of a stream: its kind, its text, and the id by which a later connection goes on after it. */
export type ServerEvent = EventSourceMessage;

/** No event of ours comes near to this. */
const MOST_CHARACTERS = 2 ** 20;

/** Reads Server-Sent Events from bytes that are cut anywhere. Source: html.spec.whatwg.org, server-sent events. */
export async function* readEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  const came: ServerEvent[] = [];
  const parser = createParser({ onEvent: (event) => came.push(event), maxBufferSize: MOST_CHARACTERS });
  for await (const chunk of bytes) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* came.splice(0);
  }
}
