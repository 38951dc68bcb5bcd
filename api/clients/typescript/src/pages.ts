/** Lists of the API, read page by page while they are iterated. */
import type { paths } from "./openapi.ts";

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor?: string | null;
}

type Listing<Item> = { get: { responses: { 200: { content: { "application/json": { items: readonly Item[] } } } } } };

type KeysOf<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer Content } } } };
}
  ? keyof Content
  : never;

type IsList<P extends keyof paths> = paths[P] extends Listing<unknown>
  ? "next_cursor" extends KeysOf<P>
    ? true
    : false
  : false;

/** The paths whose response is a page of a list, and tells where the next one begins. */
export type ListPath = keyof { [P in keyof paths as IsList<P> extends true ? P : never]: never };

/** What the list at a path holds. */
export type ItemOf<P extends ListPath> = paths[P] extends Listing<infer Item> ? Item : never;

type ParametersOf<P extends ListPath> = paths[P] extends { get: { parameters: infer Given } } ? Given : never;

/** How the list at a path is asked for: its query, and the parameters in its path. */
export interface ListOptions<P extends ListPath> {
  readonly query?: ParametersOf<P> extends { query?: infer Q } ? Omit<NonNullable<Q>, "cursor"> : never;
  readonly path?: ParametersOf<P> extends { path: infer InPath } ? InPath : never;
  readonly signal?: AbortSignal | undefined;
}

/** Yield the items of all pages. The next page is read once the items of the last one are used up. */
export async function* itemsOf<Item>(
  readPage: (cursor: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await readPage(cursor);
    yield* page.items;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
