/** Messages of a WebSocket, which come whether or not somebody reads them. */
import type { SocketMaker } from "../environment.ts";
import { noResponse } from "../errors.ts";
import { type LiveMessage, read } from "./messages.ts";

/** So many messages wait for a slow reader. Then the socket is closed, and the stream resumes once they are read. */
export const MOST_WAITING = 1000;

/** Return the messages of a new WebSocket once it is open; throws where it does not open. */
export async function openSocket(
  Socket: SocketMaker,
  url: string,
  signal: AbortSignal,
): Promise<AsyncGenerator<LiveMessage, void, undefined>> {
  const socket = new Socket(url);
  const inbox = new Inbox(socket);
  const stop = (): void => inbox.close();
  signal.addEventListener("abort", stop);
  const isOpen = await inbox.opened;
  signal.throwIfAborted();
  if (!isOpen) {
    throw noResponse(url, new Error("the WebSocket was refused"));
  }
  return messagesOf(inbox, url, signal, () => signal.removeEventListener("abort", stop));
}

async function* messagesOf(
  inbox: Inbox,
  url: string,
  signal: AbortSignal,
  release: () => void,
): AsyncGenerator<LiveMessage, void, undefined> {
  try {
    for (;;) {
      const text = await inbox.take();
      signal.throwIfAborted();
      if (text === undefined) {
        return;
      }
      yield read<LiveMessage>(text, url);
    }
  } finally {
    release();
    inbox.close();
  }
}

/** What has come over one WebSocket and was not read yet. */
class Inbox {
  /** Whether the socket has opened, once that is known. */
  readonly opened: Promise<boolean>;
  readonly #socket: WebSocket;
  readonly #waiting: string[] = [];
  #isOver = false;
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.opened = new Promise((resolve) => {
      socket.addEventListener("open", () => resolve(true));
      socket.addEventListener("close", () => {
        resolve(false);
        this.#end();
      });
    });
    socket.addEventListener("message", (message) => this.#receive(String(message.data)));
  }

  /** Return the next message as it was sent; undefined once there will be none. */
  async take(): Promise<string | undefined> {
    while (this.#waiting.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#waiting.shift();
  }

  /** Receive nothing more. */
  close(): void {
    this.#end();
    this.#socket.close();
  }

  #receive(text: string): void {
    if (this.#isOver) {
      return;
    }
    this.#waiting.push(text);
    if (this.#waiting.length >= MOST_WAITING) {
      this.close();
    }
    this.#wake();
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }
}
