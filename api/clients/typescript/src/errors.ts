/** What goes wrong, as errors that programs can tell apart and people can read. */
import type { EndReason, FieldError, RefusalReason } from "./types.ts";

/** The `type` of errors where no response came, or one that is not the API's. */
export const NO_RESPONSE = "urn:vedette:client:no-response";
export const NOT_THE_API = "urn:vedette:client:not-the-api";

/** What is known of a problem: the members of RFC 9457, and what the API adds. */
export interface ProblemFacts {
  readonly type: string;
  readonly title: string;
  /** 0 if no response came. */
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly FieldError[] | undefined;
  readonly reason?: RefusalReason | undefined;
  readonly part?: string | undefined;
  readonly retryAfterS?: number | undefined;
  readonly requestId?: string | undefined;
}

/** A request that was not answered as asked. `type` and `status` say why, `remedy` what to do. */
export class VedetteError extends Error {
  override readonly name: string = "VedetteError";
  /** The kind of problem, such as `urn:vedette:problem:not-found`. */
  readonly type: string;
  readonly title: string;
  /** The HTTP status, or 0 if no response came. */
  readonly status: number;
  readonly detail: string;
  /** Each invalid field, and what is wrong with it (422). */
  readonly errors: readonly FieldError[];
  /** Which limit was reached (429). */
  readonly reason: RefusalReason | undefined;
  /** The part of the platform that does not respond (503). */
  readonly part: string | undefined;
  /** When to try again, in seconds (429 and 503). */
  readonly retryAfterS: number | undefined;
  /** The name of the request in the server's log. */
  readonly requestId: string | undefined;

  constructor(facts: ProblemFacts, cause?: unknown) {
    const [first] = facts.errors ?? [];
    super(first === undefined ? facts.detail : `${first.field}: ${first.message}`, { cause });
    this.type = facts.type;
    this.title = facts.title;
    this.status = facts.status;
    this.detail = facts.detail;
    this.errors = facts.errors ?? [];
    this.reason = facts.reason;
    this.part = facts.part;
    this.retryAfterS = facts.retryAfterS;
    this.requestId = facts.requestId;
  }

  /** The first invalid field. */
  get field(): string | undefined {
    return this.errors[0]?.field;
  }

  /** One sentence or two about what to do: of the first invalid field, or of the whole problem. */
  get remedy(): string {
    return this.errors[0]?.message ?? this.detail;
  }
}

/** The API has ended a live stream, and resuming it does not help. `endReason` says why. */
export class LiveEnded extends VedetteError {
  override readonly name: string = "LiveEnded";
  readonly endReason: EndReason;

  constructor(endReason: EndReason, detail: string) {
    super({ type: `urn:vedette:live:${endReason}`, title: "The live stream has ended", status: 0, detail });
    this.endReason = endReason;
  }
}

/** Return the error for a request, or the rest of a stream, that nothing came of. */
export function noResponse(url: string, cause: unknown): VedetteError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const detail = `No response came from ${originOf(url)} (${why}). Check the address and the network, and try again.`;
  return new VedetteError({ type: NO_RESPONSE, title: "No response", status: 0, detail }, cause);
}

/** Return the error for a response that no Vedette API would send. */
export function notTheApi(url: string, status: number, cause?: unknown): VedetteError {
  const detail =
    `What answers at ${originOf(url)} (status ${status}) does not answer as a Vedette API. Check the client's url, ` +
    "and the proxy in front of the API.";
  return new VedetteError({ type: NOT_THE_API, title: "Not the API", status, detail }, cause);
}

/** Return the problem that a response tells of. */
export async function problemOf(response: Response, now: number): Promise<VedetteError> {
  const retryAfterS = secondsOf(response.headers.get("Retry-After"), now);
  const told = await readProblem(response);
  if (told === undefined) {
    const unknown = notTheApi(response.url, response.status);
    return new VedetteError({ ...factsOf(unknown), retryAfterS });
  }
  const requestId = response.headers.get("X-Request-Id") ?? undefined;
  return new VedetteError({ ...told, status: response.status, retryAfterS, requestId });
}

async function readProblem(response: Response): Promise<ProblemFacts | undefined> {
  const text = await response.text();
  if (!response.headers.get("Content-Type")?.includes("json")) {
    return undefined;
  }
  const told = parsed(text);
  return isProblem(told) ? told : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Cut off on its way, or another's: the status tells what there is to tell.
    return undefined;
  }
}

function isProblem(told: unknown): told is ProblemFacts {
  const facts = told as Partial<ProblemFacts> | null;
  return typeof facts === "object" && typeof facts?.type === "string" && typeof facts.detail === "string";
}

function factsOf(error: VedetteError): ProblemFacts {
  return { type: error.type, title: error.title, status: error.status, detail: error.detail };
}

/** Return the seconds that a Retry-After header asks for, which is a number or a date. */
function secondsOf(header: string | null, now: number): number | undefined {
  if (header === null) {
    return undefined;
  }
  if (/^\d+$/.test(header.trim())) {
    return Number(header);
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

function originOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]+/i.exec(url)?.[0] ?? "this page's origin";
}
