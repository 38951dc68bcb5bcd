/** Exports: all that a search finds, as one stream that tells whether it is whole. */
import { piecesOf } from "./bodies.ts";
import { noResponse, notTheApi } from "./errors.ts";
import { Lines } from "./lines.ts";
import { read } from "./live/messages.ts";

/** The last line of an export. */
interface ExportEnd {
  readonly end: true;
}

/** Yield the items of an export in JSON Lines; throws where it is cut off. */
export async function* exportedItems<Item extends object>(
  response: Response,
  signal?: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  if (response.body === null) {
    throw notTheApi(response.url, response.status);
  }
  const lines = new Lines();
  for await (const piece of piecesOf(response.body, response.url, signal)) {
    for (const line of lines.push(piece)) {
      const told = read<Item | ExportEnd>(line, response.url);
      if ("end" in told) {
        return;
      }
      yield told;
    }
  }
  throw noResponse(response.url, new Error("the export was cut off: ask for it again"));
}
