/** A live stream as an application sees it: outcomes, one after another, without a gap. */
import type { Environment } from "../environment.ts";
import { noResponse, type VedetteError } from "../errors.ts";
import { queryOf } from "../query.ts";
import type { LiveFilters, LiveOutcome } from "../types.ts";
import type { LiveAccess, LiveTransport } from "./access.ts";
import { endOf, isAboutStream, type LiveMessage } from "./messages.ts";
import { RecentIds } from "./recent.ts";
import type { Resumption } from "./resumption.ts";

/** What to listen to, and how. */
export interface LiveOptions {
  /** Only outcomes that match all of these. */
  readonly filters?: LiveFilters;
  /** Resume after this message, whose `lastEventId` you have kept. Default: begin now. */
  readonly lastEventId?: string | undefined;
  /** Ends the stream. The iteration then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Default: `sse`. */
  readonly transport?: LiveTransport;
  /** A stream without a message for so many seconds is opened anew. Keep it above the API's heartbeats. Default: 45. */
  readonly silenceS?: number;
  /** Told whenever the stream opens, or waits before it resumes. */
  readonly onState?: (state: LiveState) => void;
}

/** Whether a stream is open or why it waits. */
export type LiveState =
  | { readonly state: "open" }
  | { readonly state: "waiting"; readonly cause: VedetteError; readonly pauseS: number };

/** One outcome, and where a stream goes on after it. */
export interface Told {
  readonly outcome: LiveOutcome;
  readonly lastEventId: string;
}

type Messages = AsyncGenerator<LiveMessage, void, undefined>;

const SILENCE_S = 45;

/**
 * Outcomes as they come. Iterate over it once.
 *
 * It resumes after the last message whenever the connection ends, and tells no outcome twice. It throws a
 * `VedetteError` where resuming does not help: `LiveEnded` if the API has ended it for good, status 410 if what follows
 * `lastEventId` is no longer kept.
 */
export class LiveStream implements AsyncIterableIterator<Told> {
  readonly #access: LiveAccess;
  readonly #resumption: Resumption;
  readonly #environment: Environment;
  readonly #options: LiveOptions;
  readonly #recent = new RecentIds();
  readonly #messages: Messages;
  #lastEventId: string | undefined;
  #opening: Promise<void> | undefined;

  constructor(access: LiveAccess, resumption: Resumption, environment: Environment, options: LiveOptions) {
    this.#access = access;
    this.#resumption = resumption;
    this.#environment = environment;
    this.#options = options;
    this.#lastEventId = options.lastEventId;
    this.#messages = this.#listen();
  }

  /** Where the stream goes on after all that it has told. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  /** Open the stream, and return once it is open: every outcome from then on is told. */
  async ready(): Promise<void> {
    this.#opening ??= this.#open();
    await this.#opening;
  }

  async next(): Promise<IteratorResult<Told, void>> {
    await this.ready();
    for (;;) {
      const { done, value } = await this.#messages.next();
      if (done) {
        return { done, value: undefined };
      }
      this.#lastEventId = value.id ?? this.#lastEventId;
      const outcome = value.data as LiveOutcome;
      if (!isAboutStream(value) && this.#recent.add(outcome.id)) {
        return { done: false, value: { outcome, lastEventId: this.#lastEventId ?? "" } };
      }
    }
  }

  /** End the stream, once the outcome that it waits for has come. To end it at once, use `signal`. */
  async return(): Promise<IteratorResult<Told, void>> {
    await this.#messages.return();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Read the first message of all, which tells where the stream begins. */
  async #open(): Promise<void> {
    const { done, value } = await this.#messages.next();
    this.#lastEventId = done ? this.#lastEventId : (value.id ?? this.#lastEventId);
  }

  /** Yield the messages of one connection after another. */
  async *#listen(): Messages {
    for (;;) {
      try {
        yield* this.#connection();
        throw noResponse(this.#access.url, new Error("the stream broke off"));
      } catch (error) {
        this.#options.signal?.throwIfAborted();
        const pauseS = await this.#resumption.pauseS(error);
        this.#options.onState?.({ state: "waiting", cause: error as VedetteError, pauseS });
        await this.#environment.sleep(pauseS * 1000, this.#options.signal);
      }
    }
  }

  /** Yield the messages of one connection; throws why it has ended. */
  async *#connection(): Messages {
    const { signal, transport = "sse" } = this.#options;
    const connection = new AbortController();
    const stop = (): void => connection.abort(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener("abort", stop);
    let messages: Messages | undefined;
    try {
      await this.#resumption.begin();
      messages = await this.#inTime(this.#access.open(transport, this.#query(), connection.signal), connection);
      for (;;) {
        const { done, value } = await this.#inTime(messages.next(), connection);
        if (done) {
          return;
        }
        if (value.event === "end") {
          throw endOf(value);
        }
        this.#heard(value);
        yield value;
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      await messages?.return();
    }
  }

  #heard(message: LiveMessage): void {
    this.#resumption.heard();
    if (message.event === "ready") {
      this.#options.onState?.({ state: "open" });
    }
  }

  /** Wait for something of a connection, and end the connection if it is silent for too long. */
  async #inTime<Result>(awaited: Promise<Result>, connection: AbortController): Promise<Result> {
    const { silenceS = SILENCE_S } = this.#options;
    const silent = noResponse(this.#access.url, new Error(`the stream was silent for ${silenceS} s`));
    const timer = setTimeout(() => connection.abort(silent), silenceS * 1000);
    try {
      return await awaited;
    } finally {
      clearTimeout(timer);
    }
  }

  #query(): URLSearchParams {
    return queryOf({ ...this.#options.filters, last_event_id: this.#lastEventId });
  }
}
