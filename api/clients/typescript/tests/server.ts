/** A small server that answers as a test says, and a client of it whose pauses take no time. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { Environment } from "../src/environment.ts";
import { createVedette, type Vedette, type VedetteOptions } from "../src/index.ts";

/** One request as the server got it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Answer = (received: Received, response: ServerResponse) => void | Promise<void>;

/** The server of one test. */
export interface Served {
  readonly url: string;
  readonly server: Server;
  readonly received: Received[];
}

/** Serve until the test ends. */
export async function serve(test: TestContext, answer: Answer): Promise<Served> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://test");
    const { method = "", headers } = request;
    const one = { method, path: pathname, query: searchParams, headers, body: Buffer.concat(chunks) };
    received.push(one);
    await answer(one, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server, received };
}

/** Answer with JSON. */
export function json(response: ServerResponse, status: number, content: unknown, headers: object = {}): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(content));
}

/** Answer with a problem, as the API does. */
export function problem(response: ServerResponse, status: number, more: object = {}, headers: object = {}): void {
  const told = { type: `urn:vedette:problem:${status}`, title: "Problem", status, detail: `It is ${status}.`, ...more };
  json(response, status, told, { "Content-Type": "application/problem+json", ...headers });
}

/** A client, and the pauses that it made, in seconds. */
export interface Client {
  readonly vedette: Vedette;
  readonly pausesS: number[];
}

/** Return a client that waits for nothing. */
export function clientOf(url: string, options: Partial<VedetteOptions> = {}, world: Partial<Environment> = {}): Client {
  const pausesS: number[] = [];
  const sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    pausesS.push(milliseconds / 1000);
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  };
  return { vedette: createVedette({ url, ...options }, { random: () => 0, sleep, ...world }), pausesS };
}

/** Return all that there is. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}
