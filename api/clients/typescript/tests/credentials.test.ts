/** Sign-in, and tokens that expire. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tokens } from "../src/index.ts";
import { type Answer, clientOf, json, problem, serve } from "./server.ts";

const HOUR_MS = 3_600_000;
const [EMAIL, PASSWORD] = ["ada@shop.example", "violet anchors drift slowly"];

/** An API that knows one access token and one refresh token at a time. */
class Sessions {
  issued = 0;
  /** An access token that is refused though it has not expired. */
  refused = "";
  readonly refreshed: string[] = [];

  readonly answer: Answer = ({ path, headers, body }, response) => {
    if (path === "/v1/auth/token") {
      return json(response, 200, this.#issue());
    }
    if (path === "/v1/auth/refresh") {
      const { refresh_token: shown } = JSON.parse(body.toString());
      this.refreshed.push(shown);
      return shown === `refresh-${this.issued}` ? json(response, 200, this.#issue()) : problem(response, 401);
    }
    const isKnown = headers.authorization === `Bearer access-${this.issued}`;
    return isKnown && headers.authorization !== `Bearer ${this.refused}`
      ? json(response, 200, {})
      : problem(response, 401);
  };

  #issue(): object {
    this.issued += 1;
    return { access_token: `access-${this.issued}`, refresh_token: `refresh-${this.issued}`, expires_in: 900 };
  }
}

test("tokens that have expired are renewed once for all requests", async (context) => {
  const sessions = new Sessions();
  const { url } = await serve(context, sessions.answer);
  let now = Date.now();
  const { vedette } = clientOf(url, {}, { now: () => now });
  await vedette.signIn(EMAIL, PASSWORD);
  now += HOUR_MS;
  await Promise.all(Array.from({ length: 20 }, () => vedette.api.GET("/v1/me")));
  assert.deepEqual(sessions.refreshed, ["refresh-1"]);
});

test("tokens that the API refuses before their time are renewed once for all requests", async (context) => {
  const sessions = new Sessions();
  const { url, received } = await serve(context, sessions.answer);
  const kept: (Tokens | undefined)[] = [];
  const { vedette } = clientOf(url, { onTokens: (tokens) => kept.push(tokens) });
  await vedette.signIn(EMAIL, PASSWORD);
  sessions.refused = "access-1";
  await Promise.all(Array.from({ length: 20 }, () => vedette.api.GET("/v1/me")));
  assert.deepEqual(sessions.refreshed, ["refresh-1"]);
  assert.deepEqual(kept.map((tokens) => tokens?.accessToken), ["access-1", "access-2"]);
  assert.equal(received.filter(({ path }) => path === "/v1/me").length, 40);
});

test("a session that is over is told to everybody, and forgotten", async (context) => {
  const sessions = new Sessions();
  const { url } = await serve(context, sessions.answer);
  const kept: (Tokens | undefined)[] = [];
  const tokens = { accessToken: "old", refreshToken: "old", expiresAt: 0 };
  const { vedette } = clientOf(url, { tokens, onTokens: (given) => kept.push(given) });
  const asked = await Promise.allSettled([vedette.api.GET("/v1/me"), vedette.api.GET("/v1/me")]);
  assert.deepEqual(asked.map(({ status }) => status), ["rejected", "rejected"]);
  assert.deepEqual([sessions.refreshed, kept], [["old"], [undefined]]);
});

test("a renewal that is under way does not undo another sign-in", async (context) => {
  const sessions = new Sessions();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { url, received } = await serve(context, async (asked, response) => {
    if (asked.path === "/v1/auth/refresh") {
      await released;
    }
    await sessions.answer(asked, response);
  });
  let now = Date.now();
  const { vedette } = clientOf(url, {}, { now: () => now });
  await vedette.signIn(EMAIL, PASSWORD);
  now += HOUR_MS;
  const asking = assert.rejects(vedette.api.GET("/v1/me"), { status: 401 });
  await vedette.signIn(EMAIL, PASSWORD);
  release();
  await asking;
  await vedette.api.GET("/v1/me");
  assert.equal(received.at(-1)?.headers.authorization, "Bearer access-2");
});

test("whoever has signed out is nobody, whether or not the session was over", async (context) => {
  const sessions = new Sessions();
  const { url } = await serve(context, sessions.answer);
  const kept: (Tokens | undefined)[] = [];
  const { vedette } = clientOf(url, { onTokens: (tokens) => kept.push(tokens) });
  await vedette.signIn(EMAIL, PASSWORD);
  sessions.issued = 7;
  await vedette.signOut();
  assert.equal(kept.at(-1), undefined);
  await assert.rejects(vedette.api.GET("/v1/me"), { status: 401 });
});

test("a source of tokens is asked again with the one that was refused", async (context) => {
  const { url } = await serve(context, ({ headers }, response) =>
    headers.authorization === "Bearer new" ? json(response, 200, {}) : problem(response, 401),
  );
  const asked: (string | undefined)[] = [];
  const token = (refused?: string): string => {
    asked.push(refused);
    return refused === undefined ? "old" : "new";
  };
  await clientOf(url, { token }).vedette.api.GET("/v1/me");
  assert.deepEqual(asked, [undefined, "old"]);
  await assert.rejects(clientOf(url, { token: "old" }).vedette.api.GET("/v1/me"), { status: 401 });
});

test("nobody's token goes with a sign-in", async (context) => {
  const sessions = new Sessions();
  const { url, received } = await serve(context, sessions.answer);
  const { vedette } = clientOf(url, { token: "a key" });
  const tokens = await vedette.signIn(EMAIL, PASSWORD);
  assert.equal(received[0]?.headers.authorization, undefined);
  assert.equal(tokens.accessToken, "access-1");
  assert.ok(tokens.expiresAt > Date.now());
});
