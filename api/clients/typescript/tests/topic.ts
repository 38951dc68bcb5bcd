/** A server of live streams that keeps outcomes as the API does: each has a place, at which a stream resumes. */
import type { ServerResponse } from "node:http";
import type { Received } from "./server.ts";

/** What one stream does before it is over. */
export interface Course {
  /** After so many outcomes the connection breaks. */
  readonly outcomes: number;
  /** So many of those that were told before are told again first. */
  readonly repeated?: number;
  /** The reason that the last message gives; none if the connection breaks off. */
  readonly end?: string;
}

/** Outcomes in their order. */
export class Topic {
  readonly names: string[] = [];
  /** What the streams do, one after another; the last one for all that follow. */
  courses: Course[] = [{ outcomes: Number.POSITIVE_INFINITY }];
  #opened = 0;

  constructor(outcomes: number) {
    this.names = Array.from({ length: outcomes }, (_, number) => `outcome-${number}`);
  }

  /** Answer a request for a stream. */
  stream({ query }: Received, response: ServerResponse): void {
    const course = this.courses[Math.min(this.#opened++, this.courses.length - 1)] as Course;
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write("retry: 3000\n");
    for (const frame of this.frames(Number(query.get("last_event_id") ?? 0), course)) {
      response.write(frame);
    }
    if (course.outcomes !== Number.POSITIVE_INFINITY) {
      response.end();
    }
  }

  /** Return the messages from a place on. */
  frames(from: number, { outcomes, repeated = 0, end }: Course): string[] {
    const told = this.names.slice(Math.max(0, from - repeated), from + outcomes);
    const first = Math.max(0, from - repeated);
    return [
      event("ready", String(from), { at: "2026-03-01T12:00:00Z" }),
      ...told.flatMap((id, number) => this.#frames(id, String(first + number + 1))),
      ...(end === undefined ? [] : [event("end", undefined, { reason: end, detail: `It is ${end}.` })]),
    ];
  }

  #frames(id: string, at: string): string[] {
    return [event("recognised", at, outcome(id)), event("heartbeat", at, { at: "2026-03-01T12:00:00Z" })];
  }
}

function outcome(id: string): object {
  return { id, event: "recognised", image_id: id, owner: "shop", at: "2026-03-01T12:00:00Z", sequence: 1 };
}

function event(type: string, id: string | undefined, data: object): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
