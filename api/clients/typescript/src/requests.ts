/** Requests as a client sends them: with its token, which is renewed where the API refuses it. */
import createClient, { type Client } from "openapi-fetch";
import type { Credentials } from "./credentials.ts";
import { notTheApi, VedetteError } from "./errors.ts";
import type { paths } from "./openapi.ts";
import { askedOf, type Transport } from "./transport.ts";

/** Every route of the API, by method and path. A call throws a `VedetteError` instead of returning an `error`. */
export type Api = Client<paths>;

/** Sends requests to the API at `url`. */
export class Requests {
  readonly url: string;
  /** Every route, asked with the client's token. */
  readonly api: Api;
  /** Every route, asked without a token. */
  readonly open: Api;
  readonly #transport: Transport;
  readonly #credentials: Credentials;

  constructor(url: string, transport: Transport, credentials: Credentials) {
    this.url = url;
    this.#transport = transport;
    this.#credentials = credentials;
    this.api = createClient<paths>({ baseUrl: url, fetch: (request) => this.send(request) });
    this.open = createClient<paths>({ baseUrl: url, fetch: (request) => this.sendOpen(request) });
  }

  /** Return the response to a request; with another token if the API refuses the first one. */
  async send(request: Request): Promise<Response> {
    const asked = await askedOf(request);
    const token = await this.#credentials.current();
    try {
      return await this.#transport.send(asked, token);
    } catch (error) {
      if (token === undefined || !isRefusal(error)) {
        throw error;
      }
      const renewed = await this.#credentials.renewed(token);
      if (renewed === undefined) {
        throw error;
      }
      return await this.#transport.send(asked, renewed);
    }
  }

  /** Return the response to a request that is sent without a token. */
  async sendOpen(request: Request): Promise<Response> {
    return await this.#transport.send(await askedOf(request));
  }

  /** Return what a call of the API was answered with. */
  async answer<Data>(call: Promise<{ data?: Data; response: Response }>): Promise<NonNullable<Data>> {
    const { data, response } = await call.catch((error: unknown) => {
      throw error instanceof SyntaxError ? notTheApi(this.url, 200, error) : error;
    });
    if (data === undefined || data === null) {
      throw notTheApi(this.url, response.status);
    }
    return data;
  }
}

/** Whether the API refuses who asks. */
export function isRefusal(error: unknown): boolean {
  return error instanceof VedetteError && error.status === 401;
}
