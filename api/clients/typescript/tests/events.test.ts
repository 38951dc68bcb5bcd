/** Server-sent events, cut into pieces in every way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser, type SentEvent } from "../src/live/events.ts";

const SENT = [
  "\uFEFFretry: 3000\n: a comment\n\n",
  "id: 1\r\nevent: recognised\r\ndata: {\"name\":\"Ägyptische Katze \u{1F408}\"}\r\n\r\n",
  "event: heartbeat\rdata\rdata:two\rdata: \u2028three\r\r",
  "id: 2\ndata:  kept space\nother: field\n\n",
  "id: bad\0id\ndata: x:y\n\n",
  "event: forgotten\n\n",
  "data: no end",
].join("");
const EVENTS: SentEvent[] = [
  { type: "recognised", id: "1", data: '{"name":"Ägyptische Katze \u{1F408}"}' },
  { type: "heartbeat", id: "1", data: "\ntwo\n\u2028three" },
  { type: "message", id: "2", data: " kept space" },
  { type: "message", id: "2", data: "x:y" },
];

function parsed(...pieces: Uint8Array[]): SentEvent[] {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

test("events are read as the standard says", () => {
  assert.deepEqual(parsed(new TextEncoder().encode(SENT)), EVENTS);
});

test("it does not matter where the bytes are cut", () => {
  const bytes = new TextEncoder().encode(SENT);
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second += 7) {
      const pieces = [bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)];
      assert.deepEqual(parsed(...pieces), EVENTS, `cut at ${first} and ${second}`);
    }
  }
  assert.deepEqual(parsed(...Array.from(bytes, (byte) => Uint8Array.of(byte))), EVENTS);
});
