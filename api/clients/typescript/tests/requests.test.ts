/** Requests against a server that refuses, is busy, or is none of ours. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Environment, surroundings } from "../src/environment.ts";
import { NO_RESPONSE, NOT_THE_API, VedetteError } from "../src/index.ts";
import { all, clientOf, json, problem, serve } from "./server.ts";

const ME = { email: "ada@shop.example" };
const ACCEPTED = { images: [{ owner: "shop", image_id: "mug-1", links: { self: "", history: "" } }] };

async function refusal(asked: Promise<unknown>): Promise<VedetteError> {
  const error: unknown = await asked.then(
    () => assert.fail("it was answered"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof VedetteError, String(error));
  return error;
}

test("a request that comes too often is sent again after the time that the API names", async (context) => {
  const { url, received } = await serve(context, (_, response) =>
    received.length < 3 ? problem(response, 429, { reason: "rate" }, { "Retry-After": "7" }) : json(response, 200, ME),
  );
  const { vedette, pausesS } = clientOf(url, { token: "t" });
  assert.deepEqual((await vedette.api.GET("/v1/me")).data, ME);
  assert.deepEqual(pausesS, [7, 7]);
});

test("the time to come again may be a date", async (context) => {
  const now = Date.parse("2026-03-01T12:00:00Z");
  const { url, received } = await serve(context, (_, response) =>
    received.length < 2
      ? problem(response, 503, {}, { "Retry-After": "Sun, 01 Mar 2026 12:00:09 GMT" })
      : json(response, 200, ME),
  );
  const { vedette, pausesS } = clientOf(url, {}, { now: () => now });
  assert.deepEqual((await vedette.api.GET("/v1/me")).data, ME);
  assert.deepEqual(pausesS, [9]);
});

test("a pause that is longer than the client's patience is left to the caller", async (context) => {
  const { url, received } = await serve(context, (_, response) =>
    problem(response, 429, { reason: "quota" }, { "Retry-After": "3600" }),
  );
  const { vedette, pausesS } = clientOf(url, { longestWaitS: 60 });
  const error = await refusal(vedette.images.read("mug-1"));
  assert.deepEqual([error.status, error.reason, error.retryAfterS], [429, "quota", 3600]);
  assert.deepEqual([received.length, pausesS.length], [1, 0]);
});

test("a request is sent a few times, and not for ever", async (context) => {
  const { url, received } = await serve(context, (_, response) => problem(response, 503, { part: "Kafka" }));
  const { vedette, pausesS } = clientOf(url, { attempts: 4 });
  assert.equal((await refusal(vedette.images.read("mug-1"))).part, "Kafka");
  assert.equal(received.length, 4);
  assert.deepEqual(pausesS, [1, 2, 4]);
});

test("after a 503 only what does no harm is sent again, with the same key and body", async (context) => {
  const { url, received } = await serve(context, (_, response) =>
    received.length % 2 ? problem(response, 503, {}, { "Retry-After": "1" }) : json(response, 202, ACCEPTED),
  );
  const { vedette } = clientOf(url);
  await vedette.images.submit([{ uri: "s3://shop-media/mug.jpg" }], { owner: "shop" });
  const [first, second] = received;
  assert.ok(first?.headers["idempotency-key"]);
  assert.equal(first.headers["idempotency-key"], second?.headers["idempotency-key"]);
  assert.deepEqual(first.body, second?.body);
  const wish = { body: { id: "shop", name: "Shop" } };
  assert.equal((await refusal(vedette.api.POST("/v1/workspaces", wish as never))).status, 503);
  assert.equal(received.length, 3);
});

test("a pause ends at once when its signal is aborted", async (context) => {
  const stop = new AbortController();
  const { url, received } = await serve(context, (_, response) =>
    problem(response, 503, {}, { "Retry-After": "50" }),
  );
  const sleep: Environment["sleep"] = (milliseconds, signal) => {
    setImmediate(() => stop.abort(new Error("the page was left")));
    return surroundings().sleep(milliseconds, signal);
  };
  const { vedette } = clientOf(url, {}, { sleep });
  await assert.rejects(vedette.images.read("mug-1", {}, stop.signal), /the page was left/);
  assert.equal(received.length, 1);
});

test("an invalid field is named with its remedy", async (context) => {
  const errors = [{ field: "since", message: "This is not a point in time." }];
  const { url } = await serve(context, (_, response) => problem(response, 422, { errors }, { "X-Request-Id": "r-1" }));
  const error = await refusal(all(clientOf(url).vedette.results({ since: "yesterday" })));
  assert.deepEqual([error.field, error.remedy, error.requestId], ["since", "This is not a point in time.", "r-1"]);
  assert.equal(error.message, "since: This is not a point in time.");
  assert.equal(error.type, "urn:vedette:problem:422");
});

test("a server that is none of ours is told from the API", async (context) => {
  const { url } = await serve(context, ({ query }, response) => {
    response.writeHead(Number(query.get("label")), { "Content-Type": "text/html" });
    response.end("<h1>Welcome</h1>");
  });
  for (const status of [200, 502]) {
    const error = await refusal(all(clientOf(url).vedette.results({ label: String(status) })));
    assert.deepEqual([error.type, error.status], [NOT_THE_API, status]);
  }
});

test("an address at which nobody listens is named", async (context) => {
  const { url, server } = await serve(context, () => undefined);
  await new Promise((resolve) => server.close(resolve));
  const error = await refusal(clientOf(url).vedette.images.read("mug-1"));
  assert.equal(error.type, NO_RESPONSE);
  assert.match(error.message, new RegExp(url));
});

test("nothing is sent to where somebody redirects to", async (context) => {
  const other = await serve(context, (_, response) => json(response, 200, {}));
  const { url } = await serve(context, (_, response) => {
    response.writeHead(307, { Location: `${other.url}/v1/auth/token` });
    response.end();
  });
  const error = await refusal(clientOf(url).vedette.signIn("ada@shop.example", "violet anchors drift slowly"));
  assert.deepEqual([error.type, other.received.length], [NO_RESPONSE, 0]);
});

test("a response that does not begin is given up", async (context) => {
  const { url } = await serve(context, () => undefined);
  const error = await refusal(clientOf(url, { timeoutS: 0.2 }).vedette.images.read("mug-1"));
  assert.match(error.message, /it took too long/);
});

test("a picture is sent as it is, with what is said of it", async (context) => {
  const { url, received } = await serve(context, (_, response) => json(response, 202, ACCEPTED));
  const picture = Uint8Array.from({ length: 100_000 }, (_, number) => number);
  const pictures = [picture, picture.buffer, new Blob([picture])];
  for (const each of pictures) {
    const features = ["labels", "hash"] as const;
    const options = { owner: "shop", imageId: "mug 1", features, metadata: { sku: "A=1" } };
    assert.equal((await clientOf(url).vedette.images.upload(each, options)).image_id, "mug-1");
  }
  for (const { body, headers, query } of received) {
    assert.deepEqual(body, Buffer.from(picture));
    assert.equal(headers["content-length"], "100000");
    assert.equal(headers["content-type"], "application/octet-stream");
    assert.deepEqual(query.getAll("features"), ["labels", "hash"]);
    assert.deepEqual([query.get("image_id"), query.get("metadata")], ["mug 1", "sku=A=1"]);
  }
});

test("a list goes on to its last page, and reads each page when it is needed", async (context) => {
  const pages = [
    { items: [{ image_id: "1" }, { image_id: "2" }], next_cursor: "a" },
    { items: [], next_cursor: "b" },
    { items: [{ image_id: "3" }], next_cursor: null },
  ];
  const { url, received } = await serve(context, (_, response) =>
    json(response, 200, pages[(received.length - 1) % pages.length]),
  );
  const { vedette } = clientOf(url);
  const images = await all(vedette.list("/v1/images", { query: { owner: "shop", limit: 2 } }));
  assert.deepEqual(images.map((image) => image.image_id), ["1", "2", "3"]);
  assert.deepEqual(received.map(({ query }) => query.get("cursor")), [null, "a", "b"]);
  for await (const image of vedette.search("mug")) {
    assert.equal(image.image_id, "1");
    break;
  }
  assert.equal(received.length, 4);
});

test("an export is read as it comes, and one that is cut off is told from a whole one", async (context) => {
  const items = [{ image_id: "1" }, { image_id: "2" }];
  const { url, received } = await serve(context, ({ query }, response) => {
    const isWhole = query.get("label") === "dog";
    const told = [...items, ...(isWhole ? [{ end: true, items: 2 }] : [])];
    response.writeHead(200, { "Content-Type": "application/jsonl" });
    response.end(told.map((item) => `${JSON.stringify(item)}\n`).join(""));
  });
  const { vedette } = clientOf(url);
  assert.deepEqual(await all(vedette.exportResults({ label: "dog" })), items);
  assert.equal(String(received[0]?.query), "label=dog&format=jsonl");
  assert.match((await refusal(all(vedette.exportResults()))).message, /the export was cut off/);
});

test("an address that is none is refused before anything is sent", () => {
  for (const url of ["vedette.shop.example", "ftp://vedette", "https://"]) {
    assert.throws(() => clientOf(url), /Give an address such as/);
  }
});
