/** Live streams over WebSockets, with Node's own client against another's server. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { WebSocketServer } from "ws";
import type { LiveState } from "../src/index.ts";
import { MOST_WAITING } from "../src/live/sockets.ts";
import { all, clientOf, json, problem, type Served, serve } from "./server.ts";

const TICKET = { ticket: "vlt_1", expires_at: "2026-03-01T12:00:30Z" };

/** Serve streams of `outcomes` that begin at `last_event_id`; `refused` handshakes are answered with this status. */
async function serveSockets(context: TestContext, outcomes: number, refused: number[] = []): Promise<Served> {
  const served = await serve(context, ({ path }, response) => {
    if (path === "/v1/live/tickets") {
      return json(response, 201, TICKET);
    }
    return problem(response, refused[0] ?? 404);
  });
  const sockets = new WebSocketServer({ noServer: true });
  served.server.on("upgrade", (request, socket, head) => {
    const { searchParams: query } = new URL(request.url ?? "", "http://test");
    if (refused.length > 0) {
      socket.end(`HTTP/1.1 ${refused[0]} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const first = Number(query.get("last_event_id") ?? 0);
      opened.send(JSON.stringify({ event: "ready", id: String(first), data: {} }));
      for (let number = first; number < outcomes; number++) {
        const data = { id: `outcome-${number}`, event: "recognised" };
        opened.send(JSON.stringify({ event: "recognised", id: String(number + 1), data }));
      }
    });
  });
  return served;
}

test("a WebSocket tells the same outcomes, opened by a ticket", async (context) => {
  const { url } = await serveSockets(context, 3);
  const told = [];
  for await (const { outcome } of clientOf(url, { token: "t" }).vedette.live({ transport: "websocket" })) {
    told.push(outcome.id);
    if (told.length === 3) {
      break;
    }
  }
  assert.deepEqual(told, ["outcome-0", "outcome-1", "outcome-2"]);
});

test("what comes faster than it is read is read later, and nothing is missed", async (context) => {
  const outcomes = 3 * MOST_WAITING;
  const { url, received } = await serveSockets(context, outcomes);
  const stream = clientOf(url).vedette.live({ transport: "websocket" });
  for (let number = 0; number < outcomes; number++) {
    const { value } = await stream.next();
    assert.equal(value?.outcome.id, `outcome-${number}`);
    if (number % 500 === 0) {
      // Long enough for everything that was sent to arrive.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await stream.return();
  assert.ok(received.filter(({ path }) => path === "/v1/live/tickets").length > 1);
});

test("a refused WebSocket is told as the request for the same stream would be", async (context) => {
  for (const status of [403, 410, 422]) {
    const { url } = await serveSockets(context, 3, [status]);
    await assert.rejects(clientOf(url).vedette.live({ transport: "websocket" }).ready(), { status });
  }
});

test("where there are no WebSockets, it is said what to do", async (context) => {
  const { url } = await serveSockets(context, 3);
  const { vedette } = clientOf(url, {}, { WebSocket: undefined });
  await assert.rejects(vedette.live({ transport: "websocket" }).ready(), /Use transport "sse"/);
});

test("a silent WebSocket is opened anew", async (context) => {
  const { url } = await serveSockets(context, 0);
  const stop = new AbortController();
  const causes: string[] = [];
  const onState = (state: LiveState): void => {
    if (state.state === "waiting") {
      causes.push(state.cause.message);
      stop.abort(new Error("enough"));
    }
  };
  const stream = clientOf(url).vedette.live({ transport: "websocket", signal: stop.signal, silenceS: 0.5, onState });
  await assert.rejects(all(stream), /enough/);
  assert.match(causes[0] ?? "", /silent for 0.5 s/);
});

test("a signal ends a WebSocket", async (context) => {
  const { url } = await serveSockets(context, 1);
  const stop = new AbortController();
  const stream = clientOf(url).vedette.live({ transport: "websocket", signal: stop.signal });
  await stream.ready();
  setImmediate(() => stop.abort(new Error("enough")));
  await assert.rejects(all(stream), /enough/);
});
