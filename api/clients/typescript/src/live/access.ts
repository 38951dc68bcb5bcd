/** How live streams are opened: by a token or a ticket, as server-sent events or as a WebSocket. */
import type { Environment } from "../environment.ts";
import { notTheApi, noResponse } from "../errors.ts";
import { isRefusal, type Requests } from "../requests.ts";
import { messagesOf } from "./events.ts";
import type { LiveMessage } from "./messages.ts";
import { openSocket } from "./sockets.ts";

/** The protocol that carries a stream. */
export type LiveTransport = "sse" | "websocket";

type Messages = AsyncGenerator<LiveMessage, void, undefined>;

const PATH = "/v1/live";
const BLOCKED =
  'the WebSocket was refused, and server-sent events are answered: a proxy may not let WebSockets through. Use ' +
  'transport "sse"';

/**
 * Opens streams, each time anew.
 *
 * A page opens each by a ticket: browsers send no header with a WebSocket, and a stream that is asked for without
 * headers needs no preflight. A program sends its token with server-sent events.
 */
export class LiveAccess {
  readonly url: string;
  readonly #requests: Requests;
  readonly #environment: Environment;

  constructor(requests: Requests, environment: Environment) {
    this.url = requests.url;
    this.#requests = requests;
    this.#environment = environment;
  }

  /** Return the messages of a new stream. */
  async open(transport: LiveTransport, query: URLSearchParams, signal: AbortSignal): Promise<Messages> {
    return transport === "sse" ? await this.#openEvents(query, signal) : await this.#openSocket(query, signal);
  }

  async #openEvents(query: URLSearchParams, signal: AbortSignal): Promise<Messages> {
    const response = this.#environment.isBrowser
      ? await this.#openByTicket(query, signal)
      : await this.#requests.send(this.#request(query, signal));
    const isStream = response.headers.get("Content-Type")?.startsWith("text/event-stream");
    if (!isStream || response.body === null) {
      throw notTheApi(response.url, response.status);
    }
    return messagesOf(response.body, response.url, signal);
  }

  /** Ask by a ticket, and by another one if it took so long to arrive that it was too old. */
  async #openByTicket(query: URLSearchParams, signal: AbortSignal): Promise<Response> {
    const first = this.#request(await this.#ticketed(query, signal), signal);
    try {
      return await this.#requests.sendOpen(first);
    } catch (error) {
      if (!isRefusal(error)) {
        throw error;
      }
      return await this.#requests.sendOpen(this.#request(await this.#ticketed(query, signal), signal));
    }
  }

  async #openSocket(query: URLSearchParams, signal: AbortSignal): Promise<Messages> {
    const { WebSocket: Socket } = this.#environment;
    if (Socket === undefined) {
      throw new TypeError('There are no WebSockets here. Use transport "sse", or Node 22 or newer.');
    }
    const path = `${this.url}${PATH}?${await this.#ticketed(query, signal)}`;
    const address = new URL(path, globalThis.location?.href).href.replace(/^http/, "ws");
    try {
      return await openSocket(Socket, address, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw await this.#whyRefused(query, signal, error);
    }
  }

  /** Return why there was no WebSocket: nobody tells a page, but the same request is refused for the same reason. */
  async #whyRefused(query: URLSearchParams, signal: AbortSignal, cause: unknown): Promise<Error> {
    const tried = new AbortController();
    await this.#openEvents(query, AbortSignal.any([signal, tried.signal]));
    tried.abort();
    return noResponse(this.url, new Error(BLOCKED, { cause }));
  }

  #request(query: URLSearchParams, signal: AbortSignal): Request {
    const headers = { Accept: "text/event-stream" };
    return new Request(`${this.url}${PATH}?${query}`, { headers, signal, cache: "no-store" });
  }

  async #ticketed(query: URLSearchParams, signal: AbortSignal): Promise<URLSearchParams> {
    const { ticket } = await this.#requests.answer(this.#requests.api.POST("/v1/live/tickets", { signal }));
    const ticketed = new URLSearchParams(query);
    ticketed.set("ticket", ticket);
    return ticketed;
  }
}
