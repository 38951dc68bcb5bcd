/** Whether and when a stream that ended is opened again. */
import type { Credentials } from "../credentials.ts";
import type { Environment } from "../environment.ts";
import { LiveEnded, NOT_THE_API, VedetteError } from "../errors.ts";

/** The API asks browsers to wait so long; each further failure doubles it. */
const FIRST_PAUSE_S = 3;
const LONGEST_PAUSE_S = 30;
/** The request may be right, and the moment wrong. */
const TRANSIENT_REFUSALS = [408, 429];

/**
 * Decides about one stream.
 *
 * Before the first message it gives up after a few attempts, as a request does. Later it tries for as long as the
 * application listens.
 */
export class Resumption {
  readonly #credentials: Credentials;
  readonly #environment: Environment;
  readonly #attempts: number;
  #token: string | undefined;
  #failures = 0;
  #hasBegun = false;

  constructor(credentials: Credentials, environment: Environment, attempts: number) {
    this.#credentials = credentials;
    this.#environment = environment;
    this.#attempts = attempts;
  }

  /** A stream is being opened: remember with which token. */
  async begin(): Promise<void> {
    this.#token = await this.#credentials.current();
  }

  /** A message came. */
  heard(): void {
    this.#hasBegun = true;
    this.#failures = 0;
  }

  /** Return how many seconds to wait before the stream resumes; throws `error` where that would not help. */
  async pauseS(error: unknown): Promise<number> {
    if (!(error instanceof VedetteError)) {
      throw error;
    }
    if (error instanceof LiveEnded) {
      return await this.#pauseAfterEndS(error);
    }
    this.#failures += 1;
    if (isLasting(error) || (!this.#hasBegun && this.#failures >= this.#attempts)) {
      throw error;
    }
    return Math.max(error.retryAfterS ?? 0, this.#backoffS());
  }

  async #pauseAfterEndS(ended: LiveEnded): Promise<number> {
    switch (ended.endReason) {
      case "account_closed":
      case "credential_revoked":
        throw ended;
      case "token_expired":
        return await this.#pauseAfterExpiryS(ended);
      case "stopping":
      case "unavailable":
        this.#failures += 1;
        return this.#backoffS();
      default:
        return this.#environment.random();
    }
  }

  async #pauseAfterExpiryS(ended: LiveEnded): Promise<number> {
    const renewed = this.#token === undefined ? undefined : await this.#credentials.renewed(this.#token);
    if (renewed === undefined) {
      throw ended;
    }
    return 0;
  }

  /** Return a pause between half of the longest one and all of it: clients that lost one server come back apart. */
  #backoffS(): number {
    const longestS = Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (this.#failures - 1));
    return longestS * (0.5 + 0.5 * this.#environment.random());
  }
}

/** Whether the same request would be refused again. What is not the API's answer may pass, such as a proxy's. */
function isLasting(error: VedetteError): boolean {
  const isRefused = error.status >= 400 && error.status < 500 && !TRANSIENT_REFUSALS.includes(error.status);
  return isRefused && error.type !== NOT_THE_API;
}
