/** With which token requests are sent, and how it is renewed. */
import { VedetteError } from "./errors.ts";

/** What a sign-in gives. Keep it as you would keep a password. */
export interface Tokens {
  readonly accessToken: string;
  /** For one use: whoever uses it twice ends the session. */
  readonly refreshToken: string;
  /** When the access token expires, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Returns the token to send. `refused` is one that the API has just refused: return another one then, if you can. */
export type TokenSource = (refused?: string) => string | Promise<string>;

/** What a client begins with: one token or a source of tokens, or the tokens of an earlier sign-in. */
export interface GivenCredentials {
  readonly token?: string | TokenSource | undefined;
  readonly tokens?: Tokens | undefined;
  /** Called with the new tokens after each sign-in and renewal, and with undefined once they are no longer valid. */
  readonly onTokens?: ((tokens: Tokens | undefined) => void) | undefined;
}

/** So long before it expires an access token is renewed, since a request takes time to arrive. */
const MARGIN_MS = 30_000;

/**
 * The token of one client.
 *
 * Tokens are renewed one at a time, however many requests find them expired: the API ends a session whose refresh token
 * is used twice.
 */
export class Credentials {
  readonly #source: TokenSource | undefined;
  readonly #refresh: (refreshToken: string) => Promise<Tokens>;
  readonly #now: () => number;
  readonly #onTokens: (tokens: Tokens | undefined) => void;
  #tokens: Tokens | undefined;
  #renewal: Promise<string> | undefined;

  constructor(given: GivenCredentials, refresh: (refreshToken: string) => Promise<Tokens>, now: () => number) {
    const { token } = given;
    this.#source = typeof token === "string" ? () => token : token;
    this.#tokens = given.tokens;
    this.#onTokens = given.onTokens ?? (() => undefined);
    this.#refresh = refresh;
    this.#now = now;
  }

  /** Return the token to send, renewed if it is about to expire; undefined if there is none. */
  async current(): Promise<string | undefined> {
    const tokens = this.#tokens;
    if (tokens === undefined) {
      return await this.#source?.();
    }
    return tokens.expiresAt - this.#now() < MARGIN_MS ? await this.#renew(tokens) : tokens.accessToken;
  }

  /** Return another token than the one that the API has refused; undefined if there is none. */
  async renewed(refused: string): Promise<string | undefined> {
    const tokens = this.#tokens;
    if (tokens === undefined) {
      const token = await this.#source?.(refused);
      return token === refused ? undefined : token;
    }
    return tokens.accessToken === refused ? await this.#renew(tokens) : tokens.accessToken;
  }

  /** Send these tokens from now on; none of them, and no source's, if there are none. */
  keep(tokens: Tokens | undefined): void {
    this.#tokens = tokens;
    this.#onTokens(tokens);
  }

  async #renew(used: Tokens): Promise<string> {
    this.#renewal ??= this.#exchange(used).finally(() => {
      this.#renewal = undefined;
    });
    return await this.#renewal;
  }

  async #exchange(used: Tokens): Promise<string> {
    try {
      const tokens = await this.#refresh(used.refreshToken);
      this.#replace(used, tokens);
      return tokens.accessToken;
    } catch (error) {
      if (error instanceof VedetteError && error.status === 401) {
        this.#replace(used, undefined);
      }
      throw error;
    }
  }

  /** Keep new tokens, unless somebody has signed in or out meanwhile. */
  #replace(used: Tokens, tokens: Tokens | undefined): void {
    if (this.#tokens === used) {
      this.keep(tokens);
    }
  }
}
