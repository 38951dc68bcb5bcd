/** What live streams send, whichever protocol carries it. */
import { LiveEnded, notTheApi } from "../errors.ts";
import type { Schemas } from "../types.ts";

/** One message of a stream. */
export interface LiveMessage {
  /** `ready`, `heartbeat`, `end`, or what became of an image. */
  readonly event: string;
  /** Where the stream goes on after this message. */
  readonly id: string | undefined;
  readonly data: unknown;
}

/** Whether a message tells of the stream alone, and of no image. */
export function isAboutStream(message: LiveMessage): boolean {
  return message.event === "ready" || message.event === "heartbeat";
}

/** Return why the stream has ended, which its last message tells. */
export function endOf(message: LiveMessage): LiveEnded {
  const { reason, detail } = message.data as Schemas["StreamEnd"];
  return new LiveEnded(reason, detail);
}

/** Return what JSON says; throws where it is none, or was cut off. */
export function read<Content>(json: string, url: string): Content {
  try {
    return JSON.parse(json) as Content;
  } catch (error) {
    throw notTheApi(url, 200, error);
  }
}
