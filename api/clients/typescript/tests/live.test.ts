/** Live streams that break off, end, repeat themselves and fall silent. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { LiveEnded, type LiveFilters, type LiveState, type LiveStream, VedetteError } from "../src/index.ts";
import { type Answer, clientOf, json, problem, type Served, serve } from "./server.ts";
import { Topic } from "./topic.ts";

const OUTCOMES = 60;

/** Return the outcomes that a stream tells until it has told the last one of the topic, or `most`. */
async function heard(stream: LiveStream, most = OUTCOMES): Promise<string[]> {
  const told: string[] = [];
  for await (const { outcome } of stream) {
    told.push(outcome.id);
    if (told.length === most) {
      break;
    }
  }
  return told;
}

/** Return whole numbers below a bound, the same ones for each seed (Lehmer's generator). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

async function serveTopic(context: TestContext, topic: Topic, before?: Answer): Promise<Served> {
  return await serve(context, async (asked, response) => {
    await before?.(asked, response);
    if (response.headersSent) {
      return;
    }
    if (asked.path === "/v1/live/tickets") {
      json(response, 201, { ticket: `vlt_${Math.random()}`, expires_at: "2026-03-01T12:00:30Z" });
    } else if (asked.path === "/v1/auth/refresh") {
      json(response, 200, { access_token: "new", refresh_token: "next", expires_in: 900 });
    } else {
      topic.stream(asked, response);
    }
  });
}

test("whatever breaks off is resumed without a gap, and nothing is told twice", async (context) => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = randomOf(seed);
    const topic = new Topic(OUTCOMES);
    topic.courses = Array.from({ length: 40 }, () => ({ outcomes: random(5), repeated: random(9) }));
    topic.courses.push({ outcomes: Number.POSITIVE_INFINITY });
    const { url } = await serveTopic(context, topic);
    assert.deepEqual(await heard(clientOf(url, { token: "t" }).vedette.live()), topic.names, `seed ${seed}`);
  }
});

test("a stream begins where an earlier one has stopped, with its filters", async (context) => {
  const topic = new Topic(OUTCOMES);
  const { url, received } = await serveTopic(context, topic);
  const { vedette } = clientOf(url, { token: "t" });
  const filters: LiveFilters = { status: ["recognised", "rejected"], label: "dog", owner: undefined };
  const first = vedette.live({ filters });
  assert.deepEqual(await heard(first, 7), topic.names.slice(0, 7));
  const second = vedette.live({ filters, lastEventId: first.lastEventId });
  assert.deepEqual(await heard(second, OUTCOMES - 7), topic.names.slice(7));
  const asked = received.map(({ query, headers }) => [String(query), headers.authorization]);
  assert.deepEqual(asked, [
    ["status=recognised&status=rejected&label=dog", "Bearer t"],
    ["status=recognised&status=rejected&label=dog&last_event_id=7", "Bearer t"],
  ]);
});

test("a page opens each stream by a ticket of its own", async (context) => {
  const topic = new Topic(OUTCOMES);
  topic.courses = [{ outcomes: 3 }, { outcomes: Number.POSITIVE_INFINITY }];
  let refused = 0;
  const { url, received } = await serveTopic(context, topic, ({ path }, response) => {
    if (path === "/v1/live" && refused++ === 1) {
      problem(response, 401);
    }
  });
  const { vedette } = clientOf(url, { token: "t" }, { isBrowser: true });
  assert.deepEqual(await heard(vedette.live()), topic.names);
  const streams = received.filter(({ path }) => path === "/v1/live");
  assert.equal(new Set(streams.map(({ query }) => query.get("ticket"))).size, 3);
  assert.deepEqual(streams.map(({ headers }) => headers.authorization), [undefined, undefined, undefined]);
});

test("a stream goes on after each end that passes", async (context) => {
  const topic = new Topic(OUTCOMES);
  const ends = ["slow", "lifetime", "access_changed", "stopping", "unavailable", "a reason of tomorrow"];
  topic.courses = [...ends.map((end) => ({ outcomes: 2, end })), { outcomes: Number.POSITIVE_INFINITY }];
  const { url, received } = await serveTopic(context, topic);
  const states: LiveState[] = [];
  const { vedette, pausesS } = clientOf(url, { token: "t" });
  assert.deepEqual(await heard(vedette.live({ onState: (state) => states.push(state) })), topic.names);
  assert.deepEqual(pausesS, [0, 0, 0, 1.5, 1.5, 0]);
  const causes = states.flatMap((each) => (each.state === "waiting" ? [(each.cause as LiveEnded).endReason] : []));
  assert.deepEqual(causes, ends);
  assert.equal(states.at(-1)?.state, "open");
  const resumed = received.map(({ query }) => query.get("last_event_id"));
  assert.deepEqual(resumed, [null, "2", "4", "6", "8", "10", "12"]);
});

test("a stream goes on with a new token once the old one has expired", async (context) => {
  const topic = new Topic(OUTCOMES);
  topic.courses = [{ outcomes: 2, end: "token_expired" }, { outcomes: Number.POSITIVE_INFINITY }];
  const { url, received } = await serveTopic(context, topic);
  const tokens = { accessToken: "old", refreshToken: "once", expiresAt: Date.now() + 600_000 };
  assert.deepEqual(await heard(clientOf(url, { tokens }).vedette.live()), topic.names);
  const shown = received.filter(({ path }) => path === "/v1/live").map(({ headers }) => headers.authorization);
  assert.deepEqual(shown, ["Bearer old", "Bearer new"]);
});

test("an end for good is an error that says why", async (context) => {
  for (const end of ["account_closed", "credential_revoked", "token_expired"] as const) {
    const topic = new Topic(OUTCOMES);
    topic.courses = [{ outcomes: 2, end }];
    const { url } = await serveTopic(context, topic);
    const ended: unknown = await heard(clientOf(url, { token: "t" }).vedette.live()).catch((error) => error);
    assert.ok(ended instanceof LiveEnded);
    assert.deepEqual([ended.endReason, ended.message], [end, `It is ${end}.`]);
  }
});

test("what the API refuses for good is not asked for again", async (context) => {
  for (const status of [401, 403, 410, 422]) {
    const { url, received } = await serve(context, (_, response) => problem(response, status));
    const stream = clientOf(url, { token: "t" }).vedette.live({ lastEventId: "old" });
    await assert.rejects(stream.ready(), { status });
    assert.equal(received.length, 1);
  }
});

test("a stream that cannot begin gives up, and one that has begun does not", async (context) => {
  const topic = new Topic(OUTCOMES);
  topic.courses = [{ outcomes: 1 }, { outcomes: Number.POSITIVE_INFINITY }];
  let busy = 3;
  const { url, received } = await serveTopic(context, topic, (_, response) => {
    if (busy-- > 0) {
      problem(response, 429, { reason: "busy" }, { "Retry-After": "8" });
    }
  });
  await assert.rejects(clientOf(url, { attempts: 3 }).vedette.live().ready(), { status: 429, retryAfterS: 8 });
  const { vedette, pausesS } = clientOf(url, { attempts: 3 });
  const stream = vedette.live();
  await stream.ready();
  busy = 9;
  assert.deepEqual(await heard(stream), topic.names);
  assert.deepEqual(pausesS, [1.5, 8, 8, 12, 15, 15, 15, 15, 15, 15]);
  assert.equal(received.length, 3 + 1 + 9 + 1);
});

test("a silent stream is opened anew", async (context) => {
  const topic = new Topic(OUTCOMES);
  let opened = 0;
  const { url } = await serveTopic(context, topic, ({ query }, response) => {
    if (opened++ === 0) {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      topic.frames(Number(query.get("last_event_id") ?? 0), { outcomes: 5 }).map((frame) => response.write(frame));
    }
  });
  assert.deepEqual(await heard(clientOf(url).vedette.live({ silenceS: 1 })), topic.names);
});

test("a signal ends a stream with its reason, whatever it is at", async (context) => {
  const { url } = await serveTopic(context, new Topic(2));
  for (const most of [0, 2, 3]) {
    const stop = new AbortController();
    const stream = clientOf(url).vedette.live({ signal: stop.signal });
    await heardBefore(stream, most);
    setImmediate(() => stop.abort(new Error("enough")));
    await assert.rejects(heard(stream), /enough/);
  }

  async function heardBefore(stream: LiveStream, most: number): Promise<void> {
    for (let number = 0; number < Math.min(most, 2); number++) {
      await stream.next();
    }
  }
});

test("whoever stops listening leaves no connection behind", async (context) => {
  const topic = new Topic(OUTCOMES);
  const { url, server } = await serveTopic(context, topic);
  const closed = new Promise((resolve) => server.on("connection", (socket) => socket.on("close", resolve)));
  assert.equal((await heard(clientOf(url).vedette.live(), 5)).length, 5);
  await closed;
});

test("a message that is none is told as what it is", async (context) => {
  const { url } = await serve(context, (_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write("event: ready\ndata: {cut off\n\n");
  });
  const error: unknown = await clientOf(url, { attempts: 1 }).vedette.live().ready().catch((thrown) => thrown);
  assert.ok(error instanceof VedetteError);
  assert.match(error.message, /does not answer as a Vedette API/);
});
