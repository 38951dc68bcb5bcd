/** Sends requests, and repeats those that the API asks to send again later. */
import type { Environment } from "./environment.ts";
import { noResponse, problemOf, type VedetteError } from "./errors.ts";

/** How often and how long a request is repeated. */
export interface Patience {
  /** How often a request is sent at most. */
  readonly attempts: number;
  /** How many seconds pass between its attempts, all pauses together. */
  readonly longestWaitS: number;
  /** How many seconds a response may take to begin. */
  readonly timeoutS: number;
}

/** A request whose body is read, so that it can be sent again. */
export interface Asked {
  readonly request: Request;
  readonly body: ArrayBuffer | undefined;
}

/** A pause where the API names none, doubled with each attempt. */
const FIRST_PAUSE_S = 1;
/** Clients that were refused together do not come back together. */
const SPREAD = 0.25;
/** To send these twice does no harm: nothing is made, or the same thing again. */
const REPEATABLE_POSTS = [
  "/v1/images/upload",
  "/v1/images/similar",
  "/v1/recognise",
  "/v1/live/tickets",
  "/v1/auth/token",
  "/v1/auth/refresh",
];
const HARMLESS_METHODS = ["GET", "HEAD", "PUT", "DELETE"];

/** Return a request with its body at hand. */
export async function askedOf(request: Request): Promise<Asked> {
  const body = ["GET", "HEAD"].includes(request.method) ? undefined : await request.arrayBuffer();
  return { request, body: body?.byteLength ? body : undefined };
}

/**
 * Sends requests. A response that is no success is thrown as a `VedetteError`.
 *
 * 429 and 503 are repeated after the time that the API names, within `Patience`. After a 429 nothing was done, so each
 * request can be sent again; after a 503 only one that does no harm if it is carried out twice.
 */
export class Transport {
  readonly #environment: Environment;
  readonly #patience: Patience;

  constructor(environment: Environment, patience: Patience) {
    this.#environment = environment;
    this.#patience = patience;
  }

  /** Return the response to a request, sent with this token if there is one. */
  async send(asked: Asked, token?: string): Promise<Response> {
    let waitedS = 0;
    for (let attempt = 1; ; attempt++) {
      const response = await this.sendOnce(asked, token);
      if (response.ok) {
        return response;
      }
      const problem = await problemOf(response, this.#environment.now());
      const pauseS = this.#pauseS(problem, attempt);
      waitedS += pauseS;
      const hasTime = attempt < this.#patience.attempts && waitedS <= this.#patience.longestWaitS;
      if (!hasTime || !mayRepeat(asked.request, problem.status)) {
        throw problem;
      }
      await this.#environment.sleep(pauseS * 1000, asked.request.signal);
    }
  }

  /** Return the response to a request, whatever its status, without repeating it. */
  async sendOnce({ request, body }: Asked, token?: string): Promise<Response> {
    const headers = new Headers(request.headers);
    if (token !== undefined) {
      headers.set("Authorization", `Bearer ${token}`);
    }
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error("it took too long")), this.#patience.timeoutS * 1000);
    const signal = AbortSignal.any([request.signal, late.signal]);
    // The API redirects nobody; whoever else does shall get neither a password nor a picture.
    const sent = new Request(request, { headers, signal, redirect: "error", ...(body && { body }) });
    try {
      return await this.#environment.fetch(sent);
    } catch (error) {
      request.signal.throwIfAborted();
      throw noResponse(request.url, late.signal.aborted ? late.signal.reason : error);
    } finally {
      clearTimeout(timer);
    }
  }

  #pauseS(problem: VedetteError, attempt: number): number {
    const pauseS = problem.retryAfterS ?? FIRST_PAUSE_S * 2 ** (attempt - 1);
    return pauseS * (1 + SPREAD * this.#environment.random());
  }
}

function mayRepeat(request: Request, status: number): boolean {
  if (status === 429) {
    return true;
  }
  const { pathname } = new URL(request.url);
  const isHarmless =
    HARMLESS_METHODS.includes(request.method) ||
    request.headers.has("Idempotency-Key") ||
    (request.method === "POST" && REPEATABLE_POSTS.some((path) => pathname.endsWith(path)));
  return status === 503 && isHarmless;
}
