/** What the client needs of the world around it. */

/** Opens WebSockets, as browsers do, and Node from version 22 on. */
export type SocketMaker = new (url: string) => WebSocket;

/** The world around a client. Each test may have one of its own. */
export interface Environment {
  /** Sends a request once. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Undefined where there are no WebSockets. */
  readonly WebSocket: SocketMaker | undefined;
  /** Whether pages run here: streams are then opened by tickets. */
  readonly isBrowser: boolean;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /** Resolves after so many milliseconds; rejects with the signal's reason as soon as it is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Return the world of this browser or of this Node. */
export function surroundings(): Environment {
  return {
    fetch: (request) => globalThis.fetch(request),
    WebSocket: globalThis.WebSocket as SocketMaker | undefined,
    isBrowser: "document" in globalThis,
    now: () => Date.now(),
    random: () => Math.random(),
    sleep,
  };
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
