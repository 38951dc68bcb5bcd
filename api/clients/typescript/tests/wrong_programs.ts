/** Programs that TypeScript must refuse: `tsc` fails where it takes one of them. Nothing runs them. */
import type { ListPath, Vedette } from "../src/index.ts";

export function askForWhatThereIsNot(vedette: Vedette): unknown[] {
  return [
    // @ts-expect-error There is no such filter.
    vedette.live({ filters: { lable: "dog" } }),
    // @ts-expect-error A stream does not search for words.
    vedette.live({ filters: { q: "dog" } }),
    // @ts-expect-error There is no such route.
    vedette.api.GET("/v1/image"),
    // @ts-expect-error A single image is no list.
    vedette.list("/v1/images/{image_id}"),
    // @ts-expect-error Words are what a search is for.
    vedette.search(),
    // @ts-expect-error There is no such feature.
    vedette.images.recognise(new Blob(), { features: ["names"] }),
  ];
}

/** The lists that an application iterates over. */
export const LISTS: ListPath[] = ["/v1/images", "/v1/results", "/v1/search", "/v1/workspaces", "/v1/dead-letters"];
