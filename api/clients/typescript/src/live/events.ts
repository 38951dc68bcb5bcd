/** Server-sent events, as the standard HTML has them (section 9.2). */
import { piecesOf } from "../bodies.ts";
import { Lines } from "../lines.ts";
import { type LiveMessage, read } from "./messages.ts";

/** One event as it is sent. */
export interface SentEvent {
  readonly type: string;
  readonly id: string;
  readonly data: string;
}

/** Reads events out of bytes that come in pieces of any size. */
export class EventParser {
  readonly #lines = new Lines();
  #type = "";
  #data: string[] = [];
  #id = "";

  /** Return the events that end in this piece. */
  push(piece: Uint8Array): SentEvent[] {
    return this.#lines.push(piece).flatMap((line) => this.#take(line));
  }

  #take(line: string): SentEvent[] {
    if (line === "") {
      return this.#dispatch();
    }
    const [, name, value = ""] = /^([^:]*)(?::? ?(.*))?$/s.exec(line) ?? [];
    if (name === "event") {
      this.#type = value;
    } else if (name === "data") {
      this.#data.push(value);
    } else if (name === "id" && !value.includes("\0")) {
      this.#id = value;
    }
    return [];
  }

  #dispatch(): SentEvent[] {
    const [type, data] = [this.#type || "message", this.#data];
    this.#type = "";
    this.#data = [];
    return data.length === 0 ? [] : [{ type, id: this.#id, data: data.join("\n") }];
  }
}

/** Yield the messages of a response until it ends; throws the signal's reason once that is aborted. */
export async function* messagesOf(
  body: ReadableStream<Uint8Array>,
  url: string,
  signal: AbortSignal,
): AsyncGenerator<LiveMessage, void, undefined> {
  const parser = new EventParser();
  for await (const piece of piecesOf(body, url, signal)) {
    for (const { type, id, data } of parser.push(piece)) {
      yield { event: type, id: id || undefined, data: read(data, url) };
    }
  }
}
