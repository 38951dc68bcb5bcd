/** Bodies of responses that last, read as they come. */
import { noResponse } from "./errors.ts";

/** Yield the pieces of a body until it ends; throws the signal's reason once that is aborted. */
export async function* piecesOf(
  body: ReadableStream<Uint8Array>,
  url: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  // What it rejects with has ended the reading already, which tells it.
  const stop = (): void => void reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", stop);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read().catch((error: unknown) => {
        signal?.throwIfAborted();
        throw noResponse(url, error);
      });
      signal?.throwIfAborted();
      if (done) {
        return;
      }
      yield value;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
}
