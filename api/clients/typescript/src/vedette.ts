/** The client: one object for everything that an application asks of Vedette. */
import { Credentials, type GivenCredentials, type Tokens } from "./credentials.ts";
import { type Environment, surroundings } from "./environment.ts";
import { exportedItems } from "./exports.ts";
import { Images } from "./images.ts";
import { LiveAccess } from "./live/access.ts";
import { Resumption } from "./live/resumption.ts";
import { type LiveOptions, LiveStream } from "./live/stream.ts";
import { type ItemOf, itemsOf, type ListOptions, type ListPath, type Page } from "./pages.ts";
import { queryOf } from "./query.ts";
import { type Api, isRefusal, Requests } from "./requests.ts";
import { type Patience, Transport } from "./transport.ts";
import type { ExportFilters, LoggedIn, ResultFilters, ResultSummary } from "./types.ts";

/** Where the API is, who asks, and how patiently. */
export interface VedetteOptions extends GivenCredentials, Partial<Patience> {
  /** The API's address, such as `https://vedette.shop.example`. In a page, "" stands for the page's own origin. */
  readonly url: string;
}

const DEFAULT_PATIENCE: Patience = { attempts: 5, longestWaitS: 60, timeoutS: 60 };

/** Return a client of the API at `options.url`. Nothing is sent until it is asked for something. */
export function createVedette(options: VedetteOptions, environment: Partial<Environment> = {}): Vedette {
  return new Vedette(options, { ...surroundings(), ...environment });
}

/** A client. Every method throws a `VedetteError` where the API refuses, or does not answer. */
export class Vedette {
  /** Every route, by method and path: `vedette.api.GET("/v1/me")`. It throws as the methods do. */
  readonly api: Api;
  /** Sends and reads images. */
  readonly images: Images;
  readonly #url: string;
  readonly #environment: Environment;
  readonly #patience: Patience;
  readonly #credentials: Credentials;
  readonly #requests: Requests;

  constructor(options: VedetteOptions, environment: Environment) {
    this.#url = addressOf(options.url);
    this.#environment = environment;
    this.#patience = { ...DEFAULT_PATIENCE, ...chosen(options) };
    this.#credentials = new Credentials(options, (refreshToken) => this.#refresh(refreshToken), environment.now);
    this.#requests = new Requests(this.#url, new Transport(environment, this.#patience), this.#credentials);
    this.api = this.#requests.api;
    this.images = new Images(this.#requests);
  }

  /** Sign in with a password. The tokens are renewed before they expire, as long as the session lasts. */
  async signIn(email: string, password: string): Promise<Tokens> {
    const body = { email, password };
    const tokens = this.#tokensOf(await this.#requests.answer(this.#requests.open.POST("/v1/auth/token", { body })));
    this.#credentials.keep(tokens);
    return tokens;
  }

  /** End the session, and forget its tokens even if the API does not respond. */
  async signOut(): Promise<void> {
    try {
      await this.api.POST("/v1/auth/logout");
    } catch (error) {
      // A session that is over already is what was asked for.
      if (!isRefusal(error)) {
        throw error;
      }
    } finally {
      this.#credentials.keep(undefined);
    }
  }

  /** Iterate over a list of the API, such as `list("/v1/images", { query: { owner: "shop" } })`, page by page. */
  list<P extends ListPath>(path: P, options: ListOptions<P> = {}): AsyncGenerator<ItemOf<P>, void, undefined> {
    const { query, path: inPath, signal } = options;
    return itemsOf<ItemOf<P>>(async (cursor) => {
      const asked = { params: { query: { ...(query as object | undefined), cursor }, path: inPath }, signal };
      // The types of a path that is a parameter cannot be worked out; those of the options and the items are right.
      const call = this.api.GET(path as never, asked as never) as Promise<{ data?: unknown; response: Response }>;
      return (await this.#requests.answer(call)) as Page<ItemOf<P>>;
    });
  }

  /** Iterate over results that match all filters, newest first. */
  results(filters: ResultFilters = {}, signal?: AbortSignal): AsyncGenerator<ResultSummary, void, undefined> {
    return this.list("/v1/results", { query: filters, signal });
  }

  /** Iterate over images that words find, newest first. */
  search(
    words: string,
    filters: ResultFilters = {},
    signal?: AbortSignal,
  ): AsyncGenerator<ResultSummary, void, undefined> {
    return this.list("/v1/search", { query: { ...filters, q: words }, signal });
  }

  /** Iterate over everything that a search finds, as it was when this began. Throws if the export is cut off. */
  async *exportResults(
    filters: ExportFilters = {},
    signal?: AbortSignal,
  ): AsyncGenerator<ResultSummary, void, undefined> {
    const url = `${this.#url}/v1/export?${queryOf({ ...filters, format: "jsonl" })}`;
    yield* exportedItems<ResultSummary>(await this.#requests.send(new Request(url, signal ? { signal } : {})), signal);
  }

  /** Listen to outcomes as they come. The stream resumes by itself, without a gap, until `signal` ends it. */
  live(options: LiveOptions = {}): LiveStream {
    // The stream itself comes back after a failure, each time with another ticket.
    const once = new Transport(this.#environment, { ...this.#patience, attempts: 1 });
    const access = new LiveAccess(new Requests(this.#url, once, this.#credentials), this.#environment);
    const resumption = new Resumption(this.#credentials, this.#environment, this.#patience.attempts);
    return new LiveStream(access, resumption, this.#environment, options);
  }

  async #refresh(refreshToken: string): Promise<Tokens> {
    const body = { refresh_token: refreshToken };
    return this.#tokensOf(await this.#requests.answer(this.#requests.open.POST("/v1/auth/refresh", { body })));
  }

  #tokensOf(given: LoggedIn): Tokens {
    const expiresAt = this.#environment.now() + given.expires_in * 1000;
    return { accessToken: given.access_token, refreshToken: given.refresh_token, expiresAt };
  }
}

function addressOf(url: string): string {
  const address = url.replace(/\/+$/, "");
  if (address !== "" && !/^https?:\/\/[^/]/.test(address)) {
    throw new TypeError(`createVedette: url is "${url}". Give an address such as https://vedette.shop.example.`);
  }
  return address;
}

/** Return the limits that are given; one that is undefined is not. */
function chosen({ attempts, longestWaitS, timeoutS }: Partial<Patience>): Partial<Patience> {
  const given = Object.entries({ attempts, longestWaitS, timeoutS }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}
